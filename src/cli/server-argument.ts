import { fail } from "#errors";

/**
 * The registry that `login` and `logout` name: `docker.io` for none, the host of a URL for one.
 * Fails with `invalid-argument` for what is no host.
 */
export async function parseServerArgument(server: string | undefined): Promise<string> {
  const { parseServer } = await import("#remote");
  const { registry } = parseServer(server || "docker.io");
  const isHost = /^[^\s@/?#\\]+$/.test(registry) && URL.canParse(`https://${registry}`);
  return isHost ? registry : fail("invalid-argument", `${JSON.stringify(server)} is no registry`);
}
