import { resolve } from "node:path";
import type { HostConfig } from "#container";
import { fail } from "#errors";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";

/** The flags that say what is mounted into a container. */
export const mountFlags = {
  mount: { type: "list", help: "Attach a filesystem mount to the container", value: "mount" },
  tmpfs: { type: "list", help: "Mount a tmpfs directory" },
  volume: { type: "list", short: "v", help: "Bind mount a volume" },
  volumeDriver: { type: "string", help: "Optional volume driver for the container" },
  volumesFrom: { type: "list", help: "Mount volumes from the specified container(s)" },
} as const satisfies FlagSpecs;

/** What they ask for: `volumes` are those without a name, for the container's config. */
export function mountOptions(
  flags: FlagValues<typeof mountFlags>,
  directory: string,
): { hostConfig: HostConfig; volumes: Record<string, object> } {
  const given = flags.volume;
  for (const text of given) checkSections(text);
  const anonymous = given.filter((text) => !text.includes(":"));
  const binds = given.filter((text) => text.includes(":")).map((text) => absolute(text, directory));
  return {
    hostConfig: { Binds: binds },
    volumes: Object.fromEntries(anonymous.map((target) => [target, {}])),
  };
}

function checkSections(volume: string): void {
  if (volume === "") fail("invalid-argument", "invalid empty volume spec");
  const sections = volume.split(":");
  if (sections.length > 3) fail("invalid-argument", `invalid spec: ${volume}: too many colons`);
  if (sections.includes(""))
    fail("invalid-argument", `invalid spec: ${volume}: empty section between colons`);
}

function absolute(bind: string, directory: string): string {
  const [source = "", ...rest] = bind.split(":");
  if (!/^\.\.?(\/|$)/.test(source)) return bind;
  return [resolve(directory, source), ...rest].join(":");
}
