import { type ImageConfig, PROCESS_CONFIG_FIELDS, type ProcessConfig } from "#oci";
import type { ImageInspect } from "./image-service.ts";
import type { ImageStore } from "./image-store.ts";
import { readConfig } from "./read-image.ts";
import { familiar, findImage, namesOf } from "./resolve.ts";

// Go's zero time, which Docker prints for an image that never had a name.
const NEVER = "0001-01-01T00:00:00Z";

/** What `docker image inspect` shows of an image. */
export async function inspectImage(store: ImageStore, name: string): Promise<ImageInspect> {
  const row = findImage(store.state, name);
  const config = await readConfig(store.content, row.id);
  const { tags, digests } = namesOf(store.state, row.id);
  const { driver } = await store.snapshotter();
  return {
    Id: row.id,
    RepoTags: tags.map(familiar),
    RepoDigests: digests.map(familiar),
    Parent: "",
    Comment: commentOf(config),
    ...(config.created && { Created: config.created }),
    DockerVersion: textIn(config, "docker_version"),
    Author: config.author ?? "",
    Config: orderedConfig(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant && { Variant: config.variant }),
    Os: config.os,
    ...(config["os.version"] && { OsVersion: config["os.version"] }),
    Size: row.size,
    GraphDriver: { Data: null, Name: driver },
    RootFS: rootFsOf(config),
    Metadata: { LastTagTime: tags.length > 0 ? new Date(row.added).toISOString() : NEVER },
  };
}

function commentOf(config: ImageConfig): string {
  return textIn(config, "comment") || (config.history?.at(-1)?.comment ?? "");
}

function textIn(config: ImageConfig, key: string): string {
  const value = config[key];
  return typeof value === "string" ? value : "";
}

function orderedConfig(config: ProcessConfig): Record<string, unknown> {
  const entries = PROCESS_CONFIG_FIELDS.map((key) => [key, config[key]] as const);
  return Object.fromEntries(entries.filter(([, value]) => !isEmpty(value)));
}

function rootFsOf(config: ImageConfig): ImageInspect["RootFS"] {
  const layers = config.rootfs.diff_ids ?? [];
  return { Type: "layers", ...(layers.length > 0 && { Layers: layers }) };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
