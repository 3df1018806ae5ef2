import { describe, expect, test } from "bun:test";
import { parseSeccompProfile, resolveProfile } from "./seccomp-profile.ts";

const allow = (names: string[], more: object = {}) => ({
  names,
  action: "SCMP_ACT_ALLOW",
  ...more,
});
const namesIn = (syscalls: object[], capabilities: string[] = []) => {
  const text = JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
  const resolved = resolveProfile(parseSeccompProfile(text), capabilities);
  return resolved?.syscalls.flatMap(({ names }) => names);
};

describe("a seccomp profile", () => {
  test("keeps the rules whose conditions hold", () => {
    const rules = [
      allow(["always"]),
      allow(["with"], { includes: { caps: ["CAP_KILL"] } }),
      allow(["without"], { excludes: { caps: ["CAP_KILL"] } }),
      allow(["elsewhere"], { includes: { arches: ["vax"] } }),
      allow(["later"], { includes: { minKernel: "99.0" } }),
      allow(["since"], { includes: { minKernel: "3.10" } }),
      { name: "single", action: "SCMP_ACT_ALLOW" },
    ];
    expect(namesIn(rules)).toEqual(["always", "without", "since", "single"]);
    expect(namesIn(rules, ["CAP_KILL"])).toEqual(["always", "with", "since", "single"]);
  });

  test("is none without a default", () => {
    expect(resolveProfile(parseSeccompProfile("{}"), [])).toBeUndefined();
  });

  test("takes the native row of the architectures", () => {
    const archMap = [
      { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
      { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    ];
    const resolved = resolveProfile({ defaultAction: "SCMP_ACT_ALLOW", archMap }, []);
    expect(resolved?.architectures).toHaveLength(2);
  });

  test.each([
    [{ defaultAction: "SCMP_ACT_FOO" }, "string SCMP_ACT_FOO is not a valid action for seccomp"],
    [
      { architectures: ["a"], archMap: [{ architecture: "b" }] },
      "'architectures' and 'archMap' were specified in the seccomp profile",
    ],
    [
      { syscalls: [{ name: "a", names: ["b"], action: "SCMP_ACT_ALLOW" }] },
      "'name' and 'names' were specified in the seccomp profile",
    ],
    [
      { syscalls: [allow(["a"], { args: [{ index: 0, value: 0, op: "SCMP_CMP_X" }] })] },
      "string SCMP_CMP_X is not a valid operator for seccomp",
    ],
    [[], "it is no JSON object"],
  ])("%j is refused", (profile, message) => {
    expect(() => parseSeccompProfile(JSON.stringify(profile))).toThrow(message);
  });
});
