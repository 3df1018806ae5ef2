import type { SeccompRule, SpecSeccomp } from "./runtime-spec.ts";
import {
  ALLOWED,
  ALLOWED_BY_ARCHITECTURE,
  ALLOWED_BY_CAPABILITY,
  ALLOWED_SINCE_4_8,
  ARCHITECTURES,
  NAMESPACE_FLAGS,
  PERSONALITIES,
  SOCKET_FAMILIES,
  SOCKET_FAMILIES_BELOW,
} from "./seccomp-calls.ts";
import { goArchitecture, kernelHas } from "./seccomp-host.ts";

const EPERM = 1;
const ENOSYS = 38;

/** One profile per capability set: building it is dear enough to be done once. */
const made = new Map<string, SpecSeccomp>();

/**
 * Docker's default profile for a container with these capabilities, for the processor we run
 * on: what is not named is refused with EPERM.
 */
export function defaultSeccomp(capabilities: readonly string[]): SpecSeccomp {
  const key = capabilities.join();
  const profile = made.get(key) ?? createProfile(new Set(capabilities));
  made.set(key, profile);
  return profile;
}

function createProfile(capabilities: ReadonlySet<string>): SpecSeccomp {
  const architecture = goArchitecture();
  const architectures = ARCHITECTURES[architecture];
  const allowed = [
    ALLOWED,
    kernelHas(4, 8) ? ALLOWED_SINCE_4_8 : "",
    ALLOWED_BY_ARCHITECTURE[architecture] ?? "",
    ...[...capabilities].map((name) => ALLOWED_BY_CAPABILITY[name] ?? ""),
  ];
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    ...(architectures === undefined ? {} : { architectures }),
    syscalls: [
      allow(words(allowed.join(" "))),
      allowArgument("socket", 0, "SCMP_CMP_LT", SOCKET_FAMILIES_BELOW),
      ...SOCKET_FAMILIES.map((value) => allowArgument("socket", 0, "SCMP_CMP_EQ", value)),
      ...PERSONALITIES.map((value) => allowArgument("personality", 0, "SCMP_CMP_EQ", value)),
      ...(capabilities.has("CAP_SYS_ADMIN") ? [] : cloneRules(architecture)),
    ],
  };
}

/**
 * clone without new namespaces. clone3 hides its flags behind a pointer, out of a filter's
 * reach: ENOSYS makes the C library fall back to clone.
 */
function cloneRules(architecture: string): SeccompRule[] {
  const flagsAt = architecture === "s390x" ? 1 : 0;
  return [
    allowArgument("clone", flagsAt, "SCMP_CMP_MASKED_EQ", NAMESPACE_FLAGS, 0),
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
  ];
}

function allow(names: string[]): SeccompRule {
  return { names, action: "SCMP_ACT_ALLOW" };
}

function allowArgument(
  name: string,
  index: number,
  op: string,
  value: number,
  valueTwo?: number,
): SeccompRule {
  const args = [{ index, value, ...(valueTwo === undefined ? {} : { valueTwo }), op }];
  return { names: [name], action: "SCMP_ACT_ALLOW", args };
}

function words(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ""))];
}
