import type { Digest } from "#oci";

/**
 * What a build tells while it goes on: plain data, so that it can be sent as JSON lines. Steps
 * are numbered in the order they appear; times are Unix milliseconds.
 */
export type BuildEvent =
  | StepStart
  | StepLogged
  | StepDetail
  | StepDone
  | StepCancelled
  | StepFailed
  | BuildWarning
  | BuiltImage;

export type OnBuildEvent = (event: BuildEvent) => void;

interface StepEvent {
  readonly step: number;
  readonly time: number;
}

export interface StepStart extends StepEvent {
  readonly type: "start";
  readonly name: string;
}

/** Output of a RUN: a piece of text, not always whole lines. */
export interface StepLogged extends StepEvent {
  readonly type: "log";
  readonly stream: 1 | 2;
  readonly text: string;
}

/** A part of a step that is done, such as `writing image sha256:…`. */
export interface StepDetail extends StepEvent {
  readonly type: "detail";
  readonly text: string;
}

export interface StepDone extends StepEvent {
  readonly type: "done";
  /** Whether an earlier build had done it. */
  readonly cached: boolean;
}

export interface StepCancelled extends StepEvent {
  readonly type: "cancelled";
}

export interface StepFailed extends StepEvent, FailureDetails {
  readonly type: "failed";
  readonly message: string;
}

/** What helps to find out why a step failed. */
export interface FailureDetails {
  /** The lines of the Dockerfile. */
  readonly excerpt?: string;
  /** An image without a name of the files as they were before the step. */
  readonly image?: Digest;
}

export interface BuildWarning {
  readonly type: "warning";
  readonly message: string;
  /** Of the Dockerfile. */
  readonly line?: number;
}

export interface BuiltImage {
  readonly type: "image";
  readonly id: Digest;
  readonly names: readonly string[];
}
