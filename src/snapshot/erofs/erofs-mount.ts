import type { Mount } from "#kernel";

/** How the kernel gets at an image: the file itself (Linux 6.12), or a loop device over it. */
export type ErofsSource = "file" | "loop";

export interface ErofsLayer {
  /** Relative to `base`: commas would be taken for the end of an option. */
  readonly index: string;
  readonly tar: string;
  readonly base: string;
  /** Where to mount it. */
  readonly at: string;
}

/** A layer's index with its tar as the device that it points into. */
export function erofsMount(source: ErofsSource, { index, tar, base, at }: ErofsLayer): Mount {
  return {
    type: "erofs",
    source: index,
    options: ["ro", "nosuid", "nodev", `device=${tar}`],
    ...{ base, at, loop: source === "loop" },
  };
}
