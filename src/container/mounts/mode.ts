import { fail } from "#errors";

/** How mounts made later spread between host and container (mount_namespaces(7)). */
const PROPAGATIONS = ["private", "rprivate", "slave", "rslave", "shared", "rshared"] as const;

export type Propagation = (typeof PROPAGATIONS)[number];

/** The words an option can have, by what they are about: one of each may be given. */
const WORDS = {
  access: ["rw", "ro", "ro-non-recursive", "ro-force-recursive", "rro"],
  // Labels of SELinux, which is not used, and what means nothing on Linux.
  label: ["z", "Z"],
  consistency: ["consistent", "cached", "delegated"],
  copy: ["nocopy"],
  propagation: PROPAGATIONS,
} as const satisfies Record<string, readonly string[]>;

/** The options of `-v HOST:CONTAINER:OPTIONS`. */
export interface MountMode {
  readonly readOnly: boolean;
  /** Whether what is mounted below is read-only as well; where possible when undefined. */
  readonly recursive: boolean | undefined;
  readonly propagation: Propagation | undefined;
  readonly noCopy: boolean;
}

/** Fails with `invalid-argument`, in Docker's words. */
export function parseMode(mode: string): MountMode {
  if (!isMode(mode)) fail("invalid-argument", `invalid mode: ${mode}`);
  const words = mode.split(",");
  const has = (...some: string[]) => some.some((word) => words.includes(word));
  const mustRecurse = has("ro-force-recursive", "rro");
  return {
    readOnly: has("ro", "ro-non-recursive") || mustRecurse,
    recursive: mustRecurse ? true : has("ro-non-recursive") ? false : undefined,
    propagation: words.find(isPropagation),
    noCopy: has("nocopy"),
  };
}

/** Whether a text is such options; the empty one is. */
export function isMode(mode: string): boolean {
  const words = mode === "" ? [] : mode.split(",");
  const kinds = words.map(kindOfWord);
  return !kinds.includes(undefined) && new Set(kinds).size === kinds.length;
}

export function isPropagation(word: string): word is Propagation {
  return (PROPAGATIONS as readonly string[]).includes(word);
}

function kindOfWord(word: string): string | undefined {
  return Object.entries(WORDS).find(([, words]) =>
    (words as readonly string[]).includes(word),
  )?.[0];
}
