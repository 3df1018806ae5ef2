import type { Digest } from "#oci";

/**
 * What a build tells while it goes on: plain data, so that it can be sent as JSON lines. Steps
 * are numbered in the order they appear; times are Unix milliseconds.
 */
export type BuildEvent =
  | { readonly type: "start"; readonly step: number; readonly name: string; readonly time: number }
  | { readonly type: "log"; readonly step: number; readonly stream: 1 | 2; readonly text: string; readonly time: number }
  | { readonly type: "detail"; readonly step: number; readonly text: string; readonly time: number }
  | { readonly type: "done"; readonly step: number; readonly cached: boolean; readonly time: number }
  | { readonly type: "cancelled"; readonly step: number; readonly time: number }
  | { readonly type: "failed"; readonly step: number; readonly message: string; readonly time: number }
  | { readonly type: "warning"; readonly message: string; readonly line?: number }
  | { readonly type: "image"; readonly id: Digest; readonly names: readonly string[] };

export type OnBuildEvent = (event: BuildEvent) => void;
