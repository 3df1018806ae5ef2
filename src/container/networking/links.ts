import { fail } from "#errors";
import type { Endpoint } from "#network";
import type { Container } from "../record.ts";
import { isUp } from "../status.ts";

/**
 * Lines of a hosts file for linked containers, `CONTAINER[:ALIAS]`: their addresses in a network
 * that both are in. Fails with `failed-precondition` when one does not run.
 */
export function linkedHosts(
  links: readonly string[],
  endpoints: Readonly<Record<string, Endpoint>>,
  find: (name: string) => Container,
): string[] {
  return links.flatMap((link) => {
    const [name = "", alias = name] = link.split(":");
    const { name: own, status, record } = find(name);
    if (!isUp(status))
      fail("failed-precondition", `Cannot link to a non running container: /${own} AS /${alias}`);
    const names = new Set([alias, record.config.Hostname ?? "", own]);
    const shared = Object.keys(endpoints).flatMap((network) => record.endpoints?.[network] ?? []);
    return shared.slice(0, 1).map(({ address }) => `${address}\t${[...names].join(" ")}`);
  });
}
