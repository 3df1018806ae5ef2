import { fail } from "#errors";
import { type Descriptor, type ImageConfig, type Index, isDigest, type Manifest } from "#oci";

type Json = Readonly<Record<string, unknown>>;

/** The JSON object in `bytes`; fails with `invalid-argument`, naming `what`. */
export function parseObject(bytes: Uint8Array, what: string): Json {
  const value = parseJson(bytes, what);
  return isObject(value) ? value : fail("invalid-argument", `${what} is not a JSON object`);
}

/** The JSON value in `bytes`; fails with `invalid-argument`, naming `what`. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    return fail("invalid-argument", `${what} is not JSON`, error);
  }
}

/** An image config, checked as far as this program relies on it (OCI image spec, config.md). */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  const json = parseObject(bytes, what);
  const { rootfs, history, config } = json;
  const diffIds = isObject(rootfs) ? (rootfs.diff_ids ?? []) : undefined;
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest))
    fail("invalid-argument", `${what} has no valid rootfs.diff_ids`);
  if (history != null && !(Array.isArray(history) && history.every(isObject)))
    fail("invalid-argument", `${what} has an invalid history`);
  if (config != null && !isObject(config))
    fail("invalid-argument", `${what} has an invalid config`);
  checkProcess(config ?? {}, what);
  for (const key of ["architecture", "os"])
    if (typeof (json[key] ?? "") !== "string") fail("invalid-argument", `${what}: invalid ${key}`);
  return json as unknown as ImageConfig;
}

/** An image manifest (OCI image spec, manifest.md; Docker's schema 2 is the same in JSON). */
export function parseManifest(bytes: Uint8Array, what: string): Manifest {
  const json = parseObject(bytes, what);
  const layers = json.layers;
  if (!Array.isArray(layers)) fail("invalid-argument", `${what} has no layers`);
  for (const descriptor of [json.config, ...layers]) checkDescriptor(descriptor, what);
  return json as unknown as Manifest;
}

/** An image index (OCI image spec, image-index.md; Docker's manifest list is the same in JSON). */
export function parseIndex(bytes: Uint8Array, what: string): Index {
  const json = parseObject(bytes, what);
  const manifests = json.manifests;
  if (!Array.isArray(manifests)) fail("invalid-argument", `${what} has no manifests`);
  for (const descriptor of manifests) checkDescriptor(descriptor, what);
  return json as unknown as Index;
}

function checkDescriptor(value: unknown, what: string): asserts value is Descriptor {
  const { digest, size, mediaType, annotations } = isObject(value) ? value : {};
  const valid =
    isDigest(digest) &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    typeof mediaType === "string" &&
    (annotations === undefined || isTextMap(annotations));
  if (!valid) fail("invalid-argument", `${what} has an invalid descriptor`);
}

function checkProcess(config: Json, what: string): void {
  for (const key of ["Env", "Entrypoint", "Cmd", "OnBuild", "Shell"])
    if (config[key] != null && !isTextList(config[key]))
      fail("invalid-argument", `${what}: ${key} is not a list of strings`);
  for (const key of ["User", "WorkingDir", "StopSignal"])
    if (config[key] != null && typeof config[key] !== "string")
      fail("invalid-argument", `${what}: ${key} is not a string`);
  for (const key of ["ExposedPorts", "Volumes"])
    if (config[key] != null && !isObject(config[key]))
      fail("invalid-argument", `${what}: ${key} is not an object`);
  const labels = config.Labels;
  if (labels != null && !isTextMap(labels))
    fail("invalid-argument", `${what}: Labels is not an object of strings`);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextMap(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
