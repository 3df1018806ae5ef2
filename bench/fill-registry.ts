import { join } from "node:path";
import { execute } from "../test/peers.ts";
import { program } from "../test/shale.ts";

/** Puts an image of each archive into a registry, as skopeo compresses it; gives the registry. */
export function fillRegistry(
  host: string,
  home: string,
  archives: Readonly<Record<string, string>>,
): string {
  const shale = [program, "--root", join(home, "fill")];
  const saved = join(home, "fill.tar");
  for (const [name, archive] of Object.entries(archives)) {
    execute([...shale, "import", archive, name]);
    execute([...shale, "save", "-o", saved, name]);
    const target = `docker://${host}/${name}:latest`;
    execute(["skopeo", "copy", "-q", "--dest-tls-verify=false", `docker-archive:${saved}`, target]);
  }
  execute(["rm", "-rf", join(home, "fill"), saved]);
  return host;
}
