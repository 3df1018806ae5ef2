import { describe, expect, test } from "bun:test";
import type { HostConfig } from "../host-config.ts";
import { securityOf } from "./security.ts";
import { checkSysctls } from "./sysctls.ts";

describe("security options", () => {
  test("later ones win, and labels mean nothing", () => {
    const SecurityOpt = ["no-new-privileges", "label=disable", "no-new-privileges:false"];
    expect(securityOf({ SecurityOpt })).toEqual({ noNewPrivileges: false });
    expect(securityOf({ SecurityOpt: ["seccomp=unconfined"] })).toEqual({ seccomp: "unconfined" });
  });

  test.each([
    ["x", 'invalid --security-opt 1: "x"'],
    ["foo=bar", 'invalid --security-opt 2: "foo=bar"'],
    ["no-new-privileges=x", 'invalid --security-opt 2: "no-new-privileges=x"'],
    ["seccomp={", "Decoding seccomp profile failed"],
  ])("%s is refused", (option, message) => {
    expect(() => securityOf({ SecurityOpt: [option] })).toThrow(message);
  });
});

describe("sysctls", () => {
  test.each<[string, HostConfig, string]>([
    [
      "kernel.core_pattern",
      {},
      'sysctl "kernel.core_pattern" is not in a separate kernel namespace',
    ],
    ["net.ipv4.ip_forward", { NetworkMode: "host" }, "not allowed in host network namespace"],
    ["kernel.msgmax", { IpcMode: "host" }, "is not allowed in the hosts ipc namespace"],
  ])("%s with %j is refused", (name, hostConfig, message) => {
    expect(() => checkSysctls({ ...hostConfig, Sysctls: { [name]: "1" } })).toThrow(message);
  });

  test("those of the container's own namespaces are its own", () => {
    const Sysctls = { "net.ipv4.ip_forward": "1", "fs.mqueue.msg_max": "5" };
    expect(() => checkSysctls({ Sysctls })).not.toThrow();
  });
});
