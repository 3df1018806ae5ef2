import { expect, test } from "bun:test";
import type { Info } from "#engine";
import { hostPlatform } from "#oci";
import { runCommand } from "../testing/run-command.ts";
import { version } from "../version.ts";
import infoCommand from "./info.ts";
import versionCommand from "./version.ts";

const info: Info = {
  root: "/var/lib/shale",
  images: 9,
  containers: { total: 4, running: 1, paused: 1, stopped: 2 },
  storage: {
    driver: "copy",
    drivers: [
      { name: "overlay", usable: false, reason: "mount: operation not permitted" },
      { name: "copy", usable: true, reason: "" },
    ],
    backingFilesystem: "ext4",
  },
  runtime: { name: "none", path: "", reason: "neither crun nor runc is installed", version: "" },
  network: "bridge shale0",
  cgroups: "hybrid",
  kernel: "6.18.0",
  operatingSystem: "Debian GNU/Linux 12 (bookworm)",
  architecture: "x86_64",
  cpus: 2,
  memory: 4 * 2 ** 30,
  hostname: "host",
  rootless: true,
};

function show(...args: string[]) {
  return runCommand(infoCommand, args, { info });
}

test("info", async () => {
  expect(await show()).toEqual({
    code: 0,
    stdout: `\
Containers: 4
 Running: 1
 Paused: 1
 Stopped: 2
Images: 9
Version: ${version}
Storage Driver: copy
 Backing Filesystem: ext4
 Driver overlay: not usable: mount: operation not permitted
 Driver copy: usable
Logging Driver: json-file
Cgroup Version: 1
 Layout: hybrid
Network: bridge shale0
Volume Plugins: local
Network Plugins: bridge host null
Log Plugins: json-file local none
Default Runtime: none
 Reason: neither crun nor runc is installed
Kernel Version: 6.18.0
Operating System: Debian GNU/Linux 12 (bookworm)
OSType: linux
Architecture: x86_64
CPUs: 2
Total Memory: 4GiB
Name: host
Root Dir: /var/lib/shale
Rootless: true
`,
    stderr: "",
  });
});

test("info by Docker's names", async () => {
  const format = "{{.Driver}} {{.Containers}} {{.NCPU}} {{.SecurityOptions}} {{.CgroupVersion}}";
  expect((await show("-f", format)).stdout).toBe("copy 4 2 [name=rootless] 1\n");
  expect(JSON.parse((await show("--format", "json")).stdout)).toMatchObject({
    DockerRootDir: "/var/lib/shale",
    MemTotal: 4 * 2 ** 30,
    Plugins: { Volume: ["local"], Authorization: null },
    DriverStatus: [["Backing Filesystem", "ext4"], expect.anything(), ["Driver copy", "usable"]],
  });
});

test("a field or a template that is none", async () => {
  expect((await show("-f", "{{.Nope}}")).code).toBe(1);
  expect(await show("-f", "{{.Driver")).toMatchObject({ code: 64, stdout: "" });
});

test("version", async () => {
  const { os, architecture } = hostPlatform();
  expect((await runCommand(versionCommand, [])).stdout).toBe(`\
Client:
 Version:           ${version}
 Bun version:       ${Bun.version}
 OS/Arch:           ${os}/${architecture}
`);
  const formatted = await runCommand(versionCommand, ["-f", "{{.Client.Version}} {{.Server}}"]);
  expect(formatted.stdout).toBe(`${version} <nil>\n`);
});
