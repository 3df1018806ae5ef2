import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../test/shale.ts";

/** An image in a registry or in an OCI layout. */
export type Place = { readonly registry: string } | { readonly layout: string };

/** How one image tool is called: each word of the bench as this tool's command line. */
export interface Tool {
  readonly name: string;
  /** The program with its global options, ready to be followed by a command. */
  readonly call: string;
  readonly version: string;
  readonly build: string;
  readonly run: string;
  readonly import: (archive: string, name: string) => string;
  /** Leaves nothing that makes the next build with `--no-cache` less than cold. */
  readonly forget: string;
  /** Leaves no image, no layer and no build cache. */
  readonly empty: string;
  /** A shell word for the directory of everything that it keeps. */
  readonly store: string;
  /** It does nothing else: builds, on the store of the tool before it, or copies. */
  readonly only?: "builds" | "copies";
  /** From and to a registry without TLS. */
  readonly pull: (image: string) => string;
  readonly push: (image: string) => string;
  /** From a registry to an OCI layout, or the other way; not every tool can. */
  readonly copy?: (from: Place, to: Place) => string;
}

export function shaleTool(name: string, root: string, options = ""): Tool {
  const call = `'${program}' --root '${root}' ${options}`;
  const empty = `${call} image prune -af; ${call} builder prune -af`;
  return {
    name,
    call,
    version: `'${program}' --version`,
    build: `${call} build -q`,
    run: `${call} run --rm`,
    import: (archive, image) => `${call} import '${archive}' ${image}`,
    forget: empty,
    empty,
    store: `'${root}'`,
    pull: (image) => `${call} pull -q ${image}`,
    push: (image) => `${call} push -q ${image}`,
    copy: (from, to) => `${call} image copy -q ${transport(from)} ${transport(to)}`,
  };
}

/** Docker's classic builder and all that is not building. */
export function dockerTool(client: string, socket: string): Tool {
  const docker = `${client} -H ${socket}`;
  const call = `DOCKER_BUILDKIT=0 ${docker}`;
  return {
    name: "docker",
    call,
    version: `${client} --version`,
    build: `${call} build -q --network=none`,
    run: `${call} run --rm`,
    import: (archive, image) => `${call} import '${archive}' ${image}`,
    forget: "true",
    empty: `${call} system prune -af`,
    store: `"$(${docker} info -f '{{.DockerRootDir}}')"`,
    pull: (image) => `${call} pull -q ${image}`,
    push: (image) => `${call} push -q ${image}`,
  };
}

/** The BuildKit in the same daemon. */
export function buildkitTool(client: string, socket: string): Tool {
  const call = `DOCKER_BUILDKIT=1 ${client} -H ${socket}`;
  return {
    ...dockerTool(client, socket),
    name: "buildkit",
    call,
    build: `${call} build -q --network=none`,
    forget: `${call} builder prune -af`,
    only: "builds",
  };
}

export function podmanTool(home: string): Tool {
  const call = callOf("podman", home);
  return {
    name: "podman",
    call,
    version: "podman --version",
    build: `${call} build -q --layers --network=none`,
    run: `${call} run --rm`,
    import: (archive, name) => `${call} import -q '${archive}' ${name}`,
    forget: "true",
    empty: `${call} system prune -af`,
    store: `'${home}/podman'`,
    pull: (image) => `${call} pull -q --tls-verify=false ${image}`,
    push: (image) => `${call} push -q --tls-verify=false ${image}`,
  };
}

/** On podman's store. */
export function buildahTool(home: string): Tool {
  const call = callOf("buildah", home);
  return {
    ...podmanTool(home),
    name: "buildah",
    call,
    version: "buildah --version",
    build: `${call} build -q --layers --network=none`,
    only: "builds",
  };
}

/** Only copies; what it has no part in is left empty. */
export function skopeoTool(): Tool {
  const call = "skopeo copy -q --src-tls-verify=false --dest-tls-verify=false";
  const none = () => "false";
  return {
    ...{ name: "skopeo", call, only: "copies", version: "skopeo --version" },
    ...{ build: "false", run: "false", forget: "true", empty: "true", store: "''" },
    ...{ import: none, pull: none, push: none },
    copy: (from, to) => `${call} ${transport(from)} ${transport(to)}`,
  };
}

function transport(place: Place): string {
  return "registry" in place ? `docker://${place.registry}` : `'oci:${place.layout}'`;
}

function callOf(podman: "podman" | "buildah", home: string): string {
  const stores = `--root '${home}/podman' --runroot '${home}/podman-run'`;
  return `CONTAINERS_CONF='${containersConf(home)}' ${podman} ${stores}`;
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
