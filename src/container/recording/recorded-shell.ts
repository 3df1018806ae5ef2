import { existsSync } from "node:fs";
import type { BindMount } from "#runtime";

/**
 * A shell that is run in place of a container's command while somebody records what is typed. The
 * container's config and mounts stay those that were asked for, and with them what is made of it.
 */
export interface RecordedShell {
  readonly command: readonly string[];
  /** The host's directory with what the command needs, and for what it notes. */
  readonly source: string;
  /** Where the command has that, below /.shale. */
  readonly target: string;
}

/** Undefined when there is none, or its recording is over: its directory has gone then. */
export function currentRecording(recording: RecordedShell | undefined): RecordedShell | undefined {
  return recording && existsSync(recording.source) ? recording : undefined;
}

export function recordingMounts(recording: RecordedShell | undefined): BindMount[] {
  return recording
    ? [{ kind: "bind", source: recording.source, target: recording.target, readOnly: false }]
    : [];
}
