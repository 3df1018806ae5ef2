import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../test/shale.ts";

/** How one image tool is called: each word of the bench as this tool's command line. */
export interface Tool {
  readonly name: string;
  /** The program with its global options, ready to be followed by a command. */
  readonly call: string;
  readonly version: string;
  readonly build: string;
  readonly run: string;
  readonly import: (archive: string, name: string) => string;
}

export function shaleTool(home: string): Tool {
  const call = `'${program}' --root '${home}/shale'`;
  return {
    name: "shale",
    call,
    version: `'${program}' --version`,
    build: `${call} build -q`,
    run: `${call} run --rm`,
    import: (archive, name) => `${call} import '${archive}' ${name}`,
  };
}

export function dockerTool(
  name: string,
  client: string,
  socket: string,
  environment: string,
): Tool {
  const call = `${environment} ${client} -H ${socket}`;
  return {
    name,
    call,
    version: `${client} --version`,
    build: `${call} build -q --network=none`,
    run: `${call} run --rm`,
    import: (archive, image) => `${call} import '${archive}' ${image}`,
  };
}

export function podmanTool(home: string): Tool {
  const call = `CONTAINERS_CONF='${containersConf(home)}' podman --root '${home}/podman' --runroot '${home}/podman-run'`;
  return {
    name: "podman",
    call,
    version: "podman --version",
    build: `${call} build -q --layers --network=none`,
    run: `${call} run --rm`,
    import: (archive, name) => `${call} import -q '${archive}' ${name}`,
  };
}

export function buildahTool(home: string): Tool {
  const call = `CONTAINERS_CONF='${containersConf(home)}' buildah --root '${home}/podman' --runroot '${home}/podman-run'`;
  return {
    name: "buildah",
    call,
    version: "buildah --version",
    build: `${call} build -q --layers --network=none`,
    run: "",
    import: () => "",
  };
}

/** The limits of a machine without CAP_SYS_RESOURCE, where podman's own defaults fail. */
function containersConf(home: string): string {
  mkdirSync(home, { recursive: true });
  const path = join(home, "containers.conf");
  writeFileSync(
    path,
    '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\n[engine]\nruntime = "runc"\n',
  );
  return path;
}
