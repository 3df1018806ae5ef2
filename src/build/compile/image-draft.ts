import {
  type HealthConfig,
  type HistoryEntry,
  hostPlatform,
  type ImageConfig,
  type Platform,
  type ProcessConfig,
} from "#oci";
import { formatDuration, plainList, quoteList } from "./go-format.ts";

/** A line of history that this build adds; whether it made a layer shows when its step has run. */
export interface HistoryLine {
  readonly createdBy: string;
  /** Whether a step that may change files stands behind it. */
  readonly layer: boolean;
}

/**
 * The configuration of an image while its Dockerfile is being compiled. Every transition gives
 * a new draft; all of it is known before anything runs.
 */
export interface ImageDraft {
  readonly base: ImageConfig;
  readonly author: string | undefined;
  readonly config: ProcessConfig;
  readonly history: readonly HistoryLine[];
  /** Whether this stage has set CMD itself: ENTRYPOINT then leaves it alone. */
  readonly cmdSet: boolean;
}

/** Where programs are looked for when an image says nothing. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** The image that `FROM scratch` starts from. */
export function emptyImage(platform: Platform = hostPlatform()): ImageConfig {
  return { ...platform, config: {}, rootfs: { type: "layers", diff_ids: [] }, history: [] };
}

/** The draft that a stage on `base` starts with: PATH is always set, triggers are taken off. */
export function draftFrom(base: ImageConfig): ImageDraft {
  const { OnBuild, ...config } = base.config ?? {};
  const env = config.Env ?? [];
  const hasPath = env.some((entry) => nameOf(entry) === "PATH");
  const Env = hasPath ? env : [...env, `PATH=${DEFAULT_PATH}`];
  return { base, author: base.author, config: { ...config, Env }, history: [], cmdSet: false };
}

/** The draft of a stage that continues an earlier one: its triggers and its CMD count as inherited. */
export function continueDraft(draft: ImageDraft): ImageDraft {
  const { OnBuild, ...config } = draft.config;
  return { ...draft, config, cmdSet: false };
}

/** The command line that runs `command` in the draft's SHELL. */
export function withShell(draft: ImageDraft, command: string): string[] {
  const shell = draft.config.Shell;
  return [...(shell?.length ? shell : DEFAULT_SHELL), command];
}

/** Adds a line to the history without changing the configuration. */
export function remember(draft: ImageDraft, createdBy: string, layer = false): ImageDraft {
  return { ...draft, history: [...draft.history, { createdBy, layer }] };
}

export function setEnv(draft: ImageDraft, pairs: readonly (readonly [string, string])[]) {
  const Env = pairs.reduce(putEnv, draft.config.Env ?? []);
  return change(draft, { Env }, `ENV ${formatPairs(pairs)}`);
}

export function setLabels(draft: ImageDraft, pairs: readonly (readonly [string, string])[]) {
  const Labels = { ...draft.config.Labels, ...Object.fromEntries(pairs) };
  return change(draft, { Labels }, `LABEL ${formatPairs(pairs)}`);
}

/** Labels given from outside the Dockerfile leave no line in the history. */
export function addLabels(draft: ImageDraft, labels: Readonly<Record<string, string>>): ImageDraft {
  if (Object.keys(labels).length === 0) return draft;
  const Labels = { ...draft.config.Labels, ...labels };
  return { ...draft, config: { ...draft.config, Labels } };
}

/** `ports` are in the form `80/tcp`. */
export function exposePorts(draft: ImageDraft, ports: readonly string[]): ImageDraft {
  const ExposedPorts = { ...draft.config.ExposedPorts, ...setOf(ports) };
  return change(draft, { ExposedPorts }, `EXPOSE ${plainList(ports)}`);
}

export function addVolumes(draft: ImageDraft, paths: readonly string[]): ImageDraft {
  const Volumes = { ...draft.config.Volumes, ...setOf(paths) };
  return change(draft, { Volumes }, `VOLUME ${plainList(paths)}`);
}

export function setUser(draft: ImageDraft, User: string): ImageDraft {
  return change(draft, { User }, `USER ${User}`);
}

/** `directory` is absolute. Making it is a step of its own, except for the root. */
export function setWorkdir(draft: ImageDraft, directory: string): ImageDraft {
  const moved = { ...draft, config: { ...draft.config, WorkingDir: directory } };
  return remember(moved, `WORKDIR ${directory}`, directory !== "/");
}

export function setCmd(draft: ImageDraft, Cmd: readonly string[]): ImageDraft {
  return { ...change(draft, { Cmd }, `CMD ${quoteList(Cmd)}`), cmdSet: true };
}

/** A CMD that comes from below was meant for another program: it goes. */
export function setEntrypoint(draft: ImageDraft, Entrypoint: readonly string[]): ImageDraft {
  const Cmd = draft.cmdSet ? (draft.config.Cmd ?? null) : null;
  return change(draft, { Entrypoint, Cmd }, `ENTRYPOINT ${quoteList(Entrypoint)}`);
}

export function setShell(draft: ImageDraft, Shell: readonly string[]): ImageDraft {
  return change(draft, { Shell }, `SHELL ${plainList(Shell)}`);
}

export function setStopSignal(draft: ImageDraft, StopSignal: string): ImageDraft {
  return change(draft, { StopSignal }, `STOPSIGNAL ${StopSignal}`);
}

export function setHealthcheck(draft: ImageDraft, Healthcheck: HealthConfig): ImageDraft {
  return change(draft, { Healthcheck }, `HEALTHCHECK ${formatHealthcheck(Healthcheck)}`);
}

export function setMaintainer(draft: ImageDraft, author: string): ImageDraft {
  return remember({ ...draft, author }, `MAINTAINER ${author}`);
}

/** A trigger leaves no line in the history of the image that declares it. */
export function addTrigger(draft: ImageDraft, instruction: string): ImageDraft {
  const OnBuild = [...(draft.config.OnBuild ?? []), instruction];
  return { ...draft, config: { ...draft.config, OnBuild } };
}

/** The environment with `name` set: in its old place, or at the end. */
export function putEnv(env: readonly string[], [name, value]: readonly [string, string]): string[] {
  const entry = `${name}=${value}`;
  const at = env.findIndex((other) => nameOf(other) === name);
  return at < 0 ? [...env, entry] : env.with(at, entry);
}

/** The name and the value of a `NAME=value` text; the value is empty without an equals sign. */
export function parseEnv(entry: string): [string, string] {
  const name = nameOf(entry);
  return [name, entry.slice(name.length + 1)];
}

/** The history of the base, whose times stay as they are. */
export function baseHistory(draft: ImageDraft): readonly HistoryEntry[] {
  return draft.base.history ?? [];
}

function change(draft: ImageDraft, fields: Partial<ProcessConfig>, createdBy: string): ImageDraft {
  return remember({ ...draft, config: { ...draft.config, ...fields } }, createdBy);
}

function nameOf(entry: string): string {
  const equals = entry.indexOf("=");
  return equals < 0 ? entry : entry.slice(0, equals);
}

function formatPairs(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join(" ");
}

function setOf(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function formatHealthcheck(health: HealthConfig): string {
  const time = (nanoseconds = 0) => formatDuration(nanoseconds);
  const fields = [
    `Test:${plainList(health.Test ?? [])}`,
    `Interval:${time(health.Interval)}`,
    `Timeout:${time(health.Timeout)}`,
    `StartPeriod:${time(health.StartPeriod)}`,
    `StartInterval:${time(health.StartInterval)}`,
    `Retries:${health.Retries ?? 0}`,
  ];
  return `{${fields.join(" ")}}`;
}
