import { posix } from "node:path";
import { expandInstruction, type Instruction, parseTrigger } from "#dockerfile";
import { fail } from "#errors";
import type { HealthConfig, ProcessConfig } from "#oci";

const SHELL = ["/bin/sh", "-c"];

/**
 * A config after Dockerfile instructions, as `import --change` and `commit --change` take them.
 * Fails with `invalid-argument` for an instruction that is wrong or changes more than the config.
 */
export function changeConfig(config: ProcessConfig, changes: readonly string[]): ProcessConfig {
  let changed = config;
  for (const text of changes) {
    const instruction = expanded(parseTrigger(text, "--change"), changed);
    changed = { ...changed, ...fieldsOf(changed, instruction) };
  }
  return changed;
}

function expanded(instruction: Instruction, config: ProcessConfig): Instruction {
  return expandInstruction(instruction, new Map((config.Env ?? []).map(splitEnv)));
}

function fieldsOf(config: ProcessConfig, change: Instruction): Partial<ProcessConfig> {
  switch (change.kind) {
    case "cmd":
      return { Cmd: argvOf(change.command, config) };
    case "entrypoint":
      return { Entrypoint: argvOf(change.command, config) };
    case "env":
      return { Env: change.pairs.reduce(putEnv, config.Env ?? []) };
    case "expose":
      return { ExposedPorts: { ...config.ExposedPorts, ...setOf(change.ports.map(withProtocol)) } };
    case "healthcheck":
      return { Healthcheck: healthOf(change) };
    case "label":
      return { Labels: { ...config.Labels, ...labelsOf(change.pairs) } };
    case "onbuild":
      return { OnBuild: [...(config.OnBuild ?? []), change.expression] };
    case "shell":
      return { Shell: change.shell };
    case "stopsignal":
      return { StopSignal: change.signal };
    case "user":
      return { User: change.user };
    case "volume":
      return { Volumes: { ...config.Volumes, ...setOf(change.paths) } };
    case "workdir":
      return { WorkingDir: posix.resolve("/", config.WorkingDir ?? "/", change.path) };
    default:
      return fail("invalid-argument", `${change.kind.toUpperCase()} is not a valid change command`);
  }
}

function argvOf(
  { form, args }: { form: "shell" | "exec"; args: readonly string[] },
  config: ProcessConfig,
): readonly string[] {
  if (form === "exec" || args.length === 0) return args;
  return [...(config.Shell?.length ? config.Shell : SHELL), ...args];
}

function putEnv(env: readonly string[], { key, value }: { key: string; value: string }): string[] {
  const at = env.findIndex((entry) => splitEnv(entry)[0] === key);
  return at < 0 ? [...env, `${key}=${value}`] : env.with(at, `${key}=${value}`);
}

function splitEnv(entry: string): [name: string, value: string] {
  const at = entry.indexOf("=");
  return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
}

function labelsOf(pairs: readonly { key: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
}

function setOf(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function withProtocol(port: string): string {
  if (!/^\d+(-\d+)?(\/(tcp|udp|sctp))?$/i.test(port))
    fail("invalid-argument", `invalid port in EXPOSE: ${port}`);
  return port.includes("/") ? port.toLowerCase() : `${port}/tcp`;
}

/** HEALTHCHECK as an image config has it. */
export function healthOf(change: Extract<Instruction, { kind: "healthcheck" }>): HealthConfig {
  const { test, interval, timeout, startPeriod, startInterval, retries } = change;
  return {
    Test: test,
    ...(interval && { Interval: interval }),
    ...(timeout && { Timeout: timeout }),
    ...(startPeriod && { StartPeriod: startPeriod }),
    ...(startInterval && { StartInterval: startInterval }),
    ...(retries && { Retries: retries }),
  };
}
