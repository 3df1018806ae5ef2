import { isAbsolute, normalize } from "node:path";
import { fail } from "#errors";

/** How mounts made later spread between host and container (mount_namespaces(7)). */
const PROPAGATIONS = ["private", "rprivate", "slave", "rslave", "shared", "rshared"] as const;
/** Words Docker takes that mean nothing on Linux, or to us (no SELinux labels are set). */
const IGNORED = ["consistent", "cached", "delegated", "z", "Z", "nocopy"];

const OF_BIND = 'invalid mount config for type "bind"';

export type Propagation = (typeof PROPAGATIONS)[number];

/** One `-v HOST:CONTAINER[:OPTIONS]`. */
export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation: Propagation;
  /** The options as given. */
  readonly mode: string;
}

/** Fails with `invalid-argument` in Docker's words, and with `unsupported` for a volume's name. */
export function parseBind(text: string): Bind {
  const [source = "", target = "", mode = "", ...rest] = text.split(":");
  if (rest.length > 0 || source === "" || target === "") invalid(text);
  const words = mode === "" ? [] : mode.split(",");
  checkOptions(words, mode);
  checkSource(source, text);
  return {
    source: withoutSlash(normalize(source)),
    target: checkTarget(target, text),
    readOnly: words.includes("ro"),
    propagation: words.find(isPropagation) ?? "rprivate",
    mode,
  };
}

/** The absolute path inside the container; fails with `invalid-argument`. */
export function checkTarget(target: string, text: string): string {
  if (!isAbsolute(target))
    invalid(text, `${OF_BIND}: invalid mount path: '${target}' mount path must be absolute`);
  const clean = withoutSlash(normalize(target));
  if (clean === "/") invalid(text, `${OF_BIND}: invalid specification: destination can't be '/'`);
  return clean;
}

function checkSource(source: string, text: string): void {
  if (isAbsolute(source)) return;
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) {
    fail(
      "unsupported",
      `volume ${source}: named volumes are not supported yet: give a host directory, ` +
        `as ./${text} or by its absolute path`,
    );
  }
  fail(
    "invalid-argument",
    `create ${source}: "${source}" includes invalid characters for a local volume name, ` +
      `only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

function checkOptions(words: readonly string[], mode: string): void {
  const known = (word: string) =>
    word === "ro" || word === "rw" || IGNORED.includes(word) || isPropagation(word);
  const contradictory = words.includes("ro") && words.includes("rw");
  if (words.every(known) && !contradictory && words.filter(isPropagation).length < 2) return;
  fail("invalid-argument", `invalid mode: ${mode}`);
}

function isPropagation(word: string): word is Propagation {
  return (PROPAGATIONS as readonly string[]).includes(word);
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

function invalid(text: string, reason?: string): never {
  const because = reason === undefined ? "" : `: ${reason}`;
  return fail("invalid-argument", `invalid volume specification: '${text}'${because}`);
}
