import { resolve } from "node:path";
import { fail } from "#errors";
import type { ImagePlace } from "#image";

/** For the help of commands that take such places. */
export const PLACES_HELP = `Where an image is or goes to:

  [docker://]NAME[:TAG|@DIGEST]  a repository of a registry, also when the store has that name
  store:NAME[:TAG]               an image of this store
  oci:DIRECTORY[:NAME]           an OCI image layout
  oci-archive:FILE[:NAME]        the same in a tar
  docker-archive:FILE[:NAME]     an archive of docker save`;

const PLACE = /^(store|oci|oci-archive|docker-archive):(?!\/\/)(.*)$/s;

/** The place that a word of the command line names; paths start from `directory`. */
export function parsePlace(text: string, directory: string): ImagePlace {
  const [, kind, rest = ""] = PLACE.exec(text) ?? [];
  if (kind === undefined) return registryPlace(text);
  if (kind === "store") return { kind, name: rest };
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const reference = colon < 0 ? "" : rest.slice(colon + 1);
  if (path === "") fail("invalid-argument", `${JSON.stringify(text)} names no file`);
  return {
    kind: kind as "oci",
    path: resolve(directory, path),
    ...(reference !== "" && { reference }),
  };
}

function registryPlace(text: string): ImagePlace {
  const transport = /^([a-z][a-z-]*):\/\//.exec(text)?.[1];
  if (transport !== undefined && transport !== "docker")
    fail(
      "invalid-argument",
      `${JSON.stringify(text)}: there is no ${transport}://; use docker://, store:, oci:, oci-archive: or docker-archive:`,
    );
  return { kind: "registry", name: text.replace(/^docker:\/\//, "") };
}
