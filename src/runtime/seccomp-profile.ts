import { fail, messageOf } from "#errors";
import type { SeccompRule, SpecSeccomp } from "./runtime-spec.ts";
import { goArchitecture, kernelHas } from "./seccomp-host.ts";

/**
 * A seccomp profile as Docker's `--security-opt seccomp=FILE` has it: an OCI one with conditions.
 *
 * @see https://docs.docker.com/engine/security/seccomp/
 */
export interface SeccompProfile {
  readonly defaultAction?: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[] | null;
  readonly archMap?: readonly ArchitectureRow[] | null;
  readonly flags?: readonly string[] | null;
  readonly syscalls?: readonly ConditionalRule[] | null;
}

interface ArchitectureRow {
  readonly architecture: string;
  readonly subArchitectures?: readonly string[] | null;
}

interface ConditionalRule {
  readonly name?: string;
  readonly names?: readonly string[] | null;
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: SeccompRule["args"] | null;
  readonly includes?: Condition | null;
  readonly excludes?: Condition | null;
}

/** All that it names have to hold. */
interface Condition {
  /** Names as Go has them. */
  readonly arches?: readonly string[] | null;
  readonly caps?: readonly string[] | null;
  /** `4.8` */
  readonly minKernel?: string;
}

const ACTIONS = new Set(
  "KILL KILL_THREAD KILL_PROCESS TRAP ERRNO TRACE ALLOW LOG NOTIFY"
    .split(" ")
    .map((name) => `SCMP_ACT_${name}`),
);
const OPERATORS = new Set("NE LT LE EQ GE GT MASKED_EQ".split(" ").map((op) => `SCMP_CMP_${op}`));

/** How profiles call the processors that Go calls otherwise. */
const SECCOMP_NAMES: Readonly<Record<string, string>> = {
  amd64: "SCMP_ARCH_X86_64",
  arm64: "SCMP_ARCH_AARCH64",
  loong64: "SCMP_ARCH_LOONGARCH64",
  ppc64le: "SCMP_ARCH_PPC64LE",
  riscv64: "SCMP_ARCH_RISCV64",
  s390x: "SCMP_ARCH_S390X",
};

/** Reads a profile. Fails with `invalid-argument` in Docker's words for what makes no sense. */
export function parseSeccompProfile(text: string): SeccompProfile {
  const profile = parseJson(text);
  if (profile.architectures?.length && profile.archMap?.length)
    failProfile(
      "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  if (profile.defaultAction) checkAction(profile.defaultAction);
  for (const rule of profile.syscalls ?? []) checkRule(rule);
  return profile;
}

function parseJson(text: string): SeccompProfile {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    failProfile(`Decoding seccomp profile failed: ${messageOf(error)}`);
  }
  return failProfile("Decoding seccomp profile failed: it is no JSON object");
}

function checkRule({ name, names, action, args }: ConditionalRule): void {
  if (name && names?.length)
    failProfile(
      "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'",
    );
  checkAction(action);
  for (const { op } of args ?? [])
    if (!OPERATORS.has(op)) failProfile(`string ${op} is not a valid operator for seccomp`);
}

function checkAction(action: string): void {
  if (!ACTIONS.has(action)) failProfile(`string ${action} is not a valid action for seccomp`);
}

function failProfile(message: string): never {
  return fail("invalid-argument", message);
}

/** What of a profile holds for a container with these capabilities on this host; none if empty. */
export function resolveProfile(
  profile: SeccompProfile,
  capabilities: readonly string[],
): SpecSeccomp | undefined {
  const { defaultAction, defaultErrnoRet, flags } = profile;
  if (!defaultAction) return undefined;
  const architectures = architecturesOf(profile);
  const rules = (profile.syscalls ?? []).filter((rule) => applies(rule, capabilities));
  return {
    defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    ...(architectures.length > 0 && { architectures }),
    ...(flags?.length && { flags }),
    syscalls: rules.map(plainRule),
  };
}

function architecturesOf({ architectures, archMap }: SeccompProfile): readonly string[] {
  const native = SECCOMP_NAMES[goArchitecture()];
  const row = archMap?.find(({ architecture }) => architecture === native);
  return row ? [row.architecture, ...(row.subArchitectures ?? [])] : (architectures ?? []);
}

function applies({ includes, excludes }: ConditionalRule, capabilities: readonly string[]) {
  const { arches, caps, minKernel } = includes ?? {};
  if (arches?.length && !arches.includes(goArchitecture())) return false;
  if (caps?.some((name) => !capabilities.includes(name))) return false;
  if (minKernel && !hasKernel(minKernel)) return false;
  const { arches: notArches, caps: notCaps, minKernel: notKernel } = excludes ?? {};
  if (notArches?.includes(goArchitecture())) return false;
  if (notCaps?.some((name) => capabilities.includes(name))) return false;
  return !(notKernel && hasKernel(notKernel));
}

function hasKernel(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return kernelHas(major, minor);
}

function plainRule({ name, names, action, errnoRet, args }: ConditionalRule): SeccompRule {
  return {
    names: name ? [name] : (names ?? []),
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args?.length && { args }),
  };
}
