import { existsSync } from "node:fs";
import { parseSeccompProfile, type SpecOptions } from "#runtime";
import type { HostConfig } from "../host-config.ts";
import { failSetting } from "./fail-setting.ts";

type Security = Pick<SpecOptions, "seccomp" | "apparmorProfile" | "noNewPrivileges">;

const TRUE = /^(1|t|T|TRUE|true|True)$/;
const FALSE = /^(0|f|F|FALSE|false|False)$/;

/** What `--security-opt` asks for. Fails with `invalid-argument` in Docker's words. */
export function securityOf({ SecurityOpt }: HostConfig): Security {
  return Object.assign({}, ...(SecurityOpt ?? []).map(parseOption));
}

function parseOption(option: string): Security {
  if (option === "no-new-privileges") return { noNewPrivileges: true };
  if (option === "disable") return {};
  const [, key = "", value = ""] = /^([^=:]*)[=:](.*)$/s.exec(option) ?? failOption(1, option);
  if (key === "seccomp") return seccompOf(value);
  if (key === "apparmor") return apparmorOf(value);
  if (key === "no-new-privileges") return { noNewPrivileges: booleanOf(value, option) };
  // SELinux is not supported: as with a daemon that runs without it, its labels mean nothing.
  return key === "label" ? {} : failOption(2, option);
}

function seccompOf(value: string): Security {
  if (value === "builtin") return {};
  return { seccomp: value === "unconfined" ? value : parseSeccompProfile(value) };
}

/** Where the kernel has no AppArmor its profiles are ignored, as Docker does. */
function apparmorOf(profile: string): Security {
  return existsSync("/sys/kernel/security/apparmor") ? { apparmorProfile: profile } : {};
}

function booleanOf(text: string, option: string): boolean {
  if (TRUE.test(text)) return true;
  return FALSE.test(text) ? false : failOption(2, option);
}

function failOption(form: 1 | 2, option: string): never {
  return failSetting(`invalid --security-opt ${form}: ${JSON.stringify(option)}`);
}
