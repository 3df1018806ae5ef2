import type { MountConfig } from "#container";
import { fail } from "#errors";
import { parseBool, parseBytes } from "../flags/index.ts";
import { splitFields } from "./comma-fields.ts";

/** A mount while its fields are read. */
type Draft = { -readonly [Key in keyof MountConfig]: MountConfig[Key] };
type Volume = NonNullable<MountConfig["VolumeOptions"]>;

/** What of a field's name and value becomes of the mount. */
type Field = (draft: Draft, value: string, key: string) => void;

const setSource: Field = (draft, value) => {
  draft.Source = value;
};
const setTarget: Field = (draft, value) => {
  draft.Target = value;
};
const setReadOnly: Field = (draft, value, key) => {
  draft.ReadOnly = parseTruth(key, value);
};
const setBind = (draft: Draft, options: MountConfig["BindOptions"]) => {
  draft.BindOptions = { ...draft.BindOptions, ...options };
};
const setVolume = (draft: Draft, options: Volume) => {
  draft.VolumeOptions = { ...draft.VolumeOptions, ...options };
};
const setDriver = (draft: Draft, config: Volume["DriverConfig"]) => {
  setVolume(draft, { DriverConfig: { ...draft.VolumeOptions?.DriverConfig, ...config } });
};
const setTmpfs = (draft: Draft, options: MountConfig["TmpfsOptions"]) => {
  draft.TmpfsOptions = { ...draft.TmpfsOptions, ...options };
};

const FIELDS: Readonly<Record<string, Field>> = {
  type: (draft, value) => {
    draft.Type = value.toLowerCase() as MountConfig["Type"];
  },
  source: setSource,
  src: setSource,
  target: setTarget,
  dst: setTarget,
  destination: setTarget,
  readonly: setReadOnly,
  ro: setReadOnly,
  consistency: (draft, value) => {
    draft.Consistency = value.toLowerCase();
  },
  "bind-propagation": (draft, value) => setBind(draft, { Propagation: value.toLowerCase() }),
  "bind-nonrecursive": (draft, value, key) =>
    setBind(draft, { NonRecursive: parseTruth(key, value) }),
  "bind-recursive": (draft, value, key) => setBind(draft, recursion(key, value)),
  "bind-create-src": (draft, value, key) =>
    setBind(draft, { CreateMountpoint: parseTruth(key, value) }),
  "volume-nocopy": (draft, value, key) => setVolume(draft, { NoCopy: parseTruth(key, value) }),
  "volume-subpath": (draft, value) => setVolume(draft, { Subpath: value }),
  "volume-label": (draft, value) =>
    setVolume(draft, { Labels: { ...draft.VolumeOptions?.Labels, ...pair(value) } }),
  "volume-driver": (draft, value) => setDriver(draft, { Name: value }),
  "volume-opt": (draft, value) =>
    setDriver(draft, {
      Options: { ...draft.VolumeOptions?.DriverConfig?.Options, ...pair(value) },
    }),
  "image-subpath": (draft, value) => {
    draft.ImageOptions = { Subpath: value };
  },
  "tmpfs-size": (draft, value, key) => setTmpfs(draft, { SizeBytes: parseSize(key, value) }),
  "tmpfs-mode": (draft, value, key) => setTmpfs(draft, { Mode: parseOctal(key, value) }),
};

/** Those that mean `true` when they stand alone. */
const FLAGS = new Set(["readonly", "ro", "volume-nocopy", "bind-nonrecursive", "bind-create-src"]);

/** Which options belong to which type, by how their names begin. */
const OWNERS = {
  volume: "VolumeOptions",
  bind: "BindOptions",
  image: "ImageOptions",
  tmpfs: "TmpfsOptions",
} as const;

/** One `--mount key=value,…`. Fails with `invalid-argument` in the words of docker's CLI. */
export function parseMount(text: string): MountConfig {
  const draft: Draft = { Type: "volume", Target: "" };
  for (const field of splitFields(text)) readField(draft, field);
  checkDraft(draft);
  return draft;
}

function readField(draft: Draft, field: string): void {
  const at = field.indexOf("=");
  const key = (at < 0 ? field : field.slice(0, at)).toLowerCase();
  if (at < 0 && !FLAGS.has(key))
    fail("invalid-argument", `invalid field '${field}' must be a key=value pair`);
  const read = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
  if (read === undefined) fail("invalid-argument", `unexpected key '${key}' in '${field}'`);
  read(draft, at < 0 ? "true" : field.slice(at + 1), key);
}

function checkDraft(draft: Draft): void {
  const { Type, Target, ReadOnly, BindOptions = {} } = draft;
  if (!Type) fail("invalid-argument", "type is required");
  if (Target === "") fail("invalid-argument", "target is required");
  for (const [type, options] of Object.entries(OWNERS))
    if (draft[options] && Type !== type)
      fail("invalid-argument", `cannot mix '${type}-*' options with mount type '${Type}'`);
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive, Propagation } = BindOptions;
  if (ReadOnlyNonRecursive && !ReadOnly) needs("writable", "readonly");
  if (ReadOnlyForceRecursive && !ReadOnly) needs("readonly", "readonly");
  if (ReadOnlyForceRecursive && Propagation !== "rprivate")
    needs("readonly", "bind-propagation=rprivate");
}

function needs(value: string, other: string): never {
  return fail(
    "invalid-argument",
    `option 'bind-recursive=${value}' requires '${other}' to be specified in conjunction`,
  );
}

function recursion(key: string, value: string): MountConfig["BindOptions"] {
  switch (value) {
    case "enabled":
      return {};
    case "disabled":
      return { NonRecursive: true };
    case "writable":
      return { ReadOnlyNonRecursive: true };
    case "readonly":
      return { ReadOnlyForceRecursive: true };
    default:
      return invalid(key, `${value} (must be "enabled", "disabled", "writable", or "readonly")`);
  }
}

function parseTruth(key: string, value: string): boolean {
  try {
    return parseBool(value);
  } catch {
    return invalid(key, value);
  }
}

function parseSize(key: string, value: string): number {
  try {
    return parseBytes(value);
  } catch {
    return invalid(key, value);
  }
}

function parseOctal(key: string, value: string): number {
  return /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : invalid(key, value);
}

function invalid(key: string, value: string): never {
  return fail("invalid-argument", `invalid value for ${key}: ${value}`);
}

function pair(text: string): Record<string, string> {
  const at = text.indexOf("=");
  const [key, value] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  return key === "" ? {} : { [key]: value };
}
