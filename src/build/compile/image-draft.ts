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

/** The configuration of the image that a stage comes to; all of it is known before anything runs. */
export interface ImageDraft {
  readonly base: ImageConfig;
  readonly author: string | undefined;
  readonly config: ProcessConfig;
  readonly history: readonly HistoryLine[];
}

/**
 * A draft that the instructions of one stage still change, in place: copying what the lines
 * before left, for each line anew, would take seconds for some thousands.
 */
export interface OpenDraft extends ImageDraft {
  author: string | undefined;
  readonly config: OwnConfig;
  readonly history: HistoryLine[];
  /** Whether this stage has set CMD itself: ENTRYPOINT then leaves it alone. */
  cmdSet: boolean;
  /** Where in `config.Env` each name is. */
  readonly envPlaces: Map<string, number>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

type OwnConfig = Writable<ProcessConfig> & {
  Env: string[];
  Labels?: Record<string, string>;
  ExposedPorts?: Record<string, object>;
  Volumes?: Record<string, object>;
  OnBuild?: string[];
};

/** Where programs are looked for when an image says nothing. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** The image that `FROM scratch` starts from. */
export function emptyImage(platform: Platform = hostPlatform()): ImageConfig {
  return { ...platform, config: {}, rootfs: { type: "layers", diff_ids: [] }, history: [] };
}

/** The draft that a stage on `base` starts with: PATH is always set, triggers are taken off. */
export function draftFrom(base: ImageConfig): OpenDraft {
  const config = ownConfig(base.config ?? {});
  const draft = openDraft({ base, author: base.author, config, history: [] });
  if (!draft.envPlaces.has("PATH")) putEnv(draft, ["PATH", DEFAULT_PATH]);
  return draft;
}

/** The draft of a stage that continues an earlier one: its triggers and its CMD count as inherited. */
export function continueDraft({ base, author, config, history }: ImageDraft): OpenDraft {
  return openDraft({ base, author, config: ownConfig(config), history: [...history] });
}

type Beginning = Pick<OpenDraft, "base" | "author" | "config" | "history">;

function openDraft(beginning: Beginning): OpenDraft {
  const envPlaces = new Map<string, number>();
  for (const [index, entry] of beginning.config.Env.entries()) {
    const name = nameOf(entry);
    if (!envPlaces.has(name)) envPlaces.set(name, index);
  }
  return { ...beginning, cmdSet: false, envPlaces };
}

/** A copy without the triggers, whose lists and records are nobody else's. */
function ownConfig({ OnBuild, ...config }: ProcessConfig): OwnConfig {
  const { Env, Labels, ExposedPorts, Volumes } = config;
  return {
    ...config,
    Env: [...(Env ?? [])],
    ...(Labels && { Labels: { ...Labels } }),
    ...(ExposedPorts && { ExposedPorts: { ...ExposedPorts } }),
    ...(Volumes && { Volumes: { ...Volumes } }),
  };
}

/** The command line that runs `command` in the draft's SHELL. */
export function withShell(draft: ImageDraft, command: string): string[] {
  const shell = draft.config.Shell;
  return [...(shell?.length ? shell : DEFAULT_SHELL), command];
}

/** Adds a line to the history without changing the configuration. */
export function remember(draft: OpenDraft, createdBy: string, layer = false): void {
  draft.history.push({ createdBy, layer });
}

export function setEnv(draft: OpenDraft, pairs: readonly (readonly [string, string])[]): void {
  for (const pair of pairs) putEnv(draft, pair);
  remember(draft, `ENV ${formatPairs(pairs)}`);
}

export function setLabels(draft: OpenDraft, pairs: readonly (readonly [string, string])[]): void {
  draft.config.Labels ??= {};
  for (const [name, value] of pairs) put(draft.config.Labels, name, value);
  remember(draft, `LABEL ${formatPairs(pairs)}`);
}

/** Labels given from outside the Dockerfile leave no line in the history. */
export function addLabels(draft: ImageDraft, labels: Readonly<Record<string, string>>): ImageDraft {
  if (Object.keys(labels).length === 0) return draft;
  const Labels = { ...draft.config.Labels, ...labels };
  return { ...draft, config: { ...draft.config, Labels } };
}

/** `ports` are in the form `80/tcp`. */
export function exposePorts(draft: OpenDraft, ports: readonly string[]): void {
  draft.config.ExposedPorts ??= {};
  for (const port of ports) put(draft.config.ExposedPorts, port, {});
  remember(draft, `EXPOSE ${plainList(ports)}`);
}

export function addVolumes(draft: OpenDraft, paths: readonly string[]): void {
  draft.config.Volumes ??= {};
  for (const path of paths) put(draft.config.Volumes, path, {});
  remember(draft, `VOLUME ${plainList(paths)}`);
}

export function setUser(draft: OpenDraft, user: string): void {
  draft.config.User = user;
  remember(draft, `USER ${user}`);
}

/** `directory` is absolute. Making it is a step of its own, except for the root. */
export function setWorkdir(draft: OpenDraft, directory: string): void {
  draft.config.WorkingDir = directory;
  remember(draft, `WORKDIR ${directory}`, directory !== "/");
}

export function setCmd(draft: OpenDraft, command: readonly string[]): void {
  draft.config.Cmd = command;
  draft.cmdSet = true;
  remember(draft, `CMD ${quoteList(command)}`);
}

/** A CMD that comes from below was meant for another program: it goes. */
export function setEntrypoint(draft: OpenDraft, entrypoint: readonly string[]): void {
  draft.config.Entrypoint = entrypoint;
  draft.config.Cmd = draft.cmdSet ? (draft.config.Cmd ?? null) : null;
  remember(draft, `ENTRYPOINT ${quoteList(entrypoint)}`);
}

export function setShell(draft: OpenDraft, shell: readonly string[]): void {
  draft.config.Shell = shell;
  remember(draft, `SHELL ${plainList(shell)}`);
}

export function setStopSignal(draft: OpenDraft, signal: string): void {
  draft.config.StopSignal = signal;
  remember(draft, `STOPSIGNAL ${signal}`);
}

export function setHealthcheck(draft: OpenDraft, health: HealthConfig): void {
  draft.config.Healthcheck = health;
  remember(draft, `HEALTHCHECK ${formatHealthcheck(health)}`);
}

export function setMaintainer(draft: OpenDraft, author: string): void {
  draft.author = author;
  remember(draft, `MAINTAINER ${author}`);
}

/** A trigger leaves no line in the history of the image that declares it. */
export function addTrigger({ config }: OpenDraft, instruction: string): void {
  config.OnBuild ??= [];
  config.OnBuild.push(instruction);
}

/** Sets `name` in the environment: in its old place, or at the end. */
function putEnv({ config, envPlaces }: OpenDraft, [name, value]: readonly [string, string]): void {
  const at = envPlaces.get(name) ?? config.Env.length;
  config.Env[at] = `${name}=${value}`;
  envPlaces.set(name, at);
}

/** Sets a name whatever it is, `__proto__` too. */
function put<T>(record: Record<string, T>, name: string, value: T): void {
  const property = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(record, name, property);
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

function nameOf(entry: string): string {
  const equals = entry.indexOf("=");
  return equals < 0 ? entry : entry.slice(0, equals);
}

function formatPairs(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join(" ");
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
