import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { findTool, mountsUnder, runTool, unmount } from "#kernel";
import { type Bundle, writeBundle } from "../bundle.ts";
import { type Runtime, selectRuntime } from "../runtime.ts";
import { createSpec } from "../spec.ts";
import type { SpecOptions } from "../spec-options.ts";

const APPLETS =
  "cat chmod dd echo env grep head hostname id ls mkdir mount rm sh sha256sum sleep stat stty test touch true tty wc yes";
const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment
nobody:x:65534:65534:nobody:/:/bin/false
app:x:1000:1001:App:/home/app:/bin/sh
7:x:1007:1007::/seven:/bin/sh
`;
const GROUP = `root:x:0:
app:x:1001:
audio:x:29:app,other
video:x:44:other,app
nogroup:x:65534:
`;

/** For tests: a root file system of busybox, and bundles on it. Needs root and busybox. */
export class Fixture implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "shale-runtime-"));
  readonly rootfs = join(this.directory, "rootfs");
  readonly runtime: Runtime;

  constructor(forced = "crun") {
    for (const name of ["bin", "etc", "proc", "sys", "dev", "tmp", "root"])
      mkdirSync(join(this.rootfs, name), { recursive: true });
    copyFileSync(findTool("busybox")!, join(this.rootfs, "bin/busybox"));
    for (const name of APPLETS.split(" ")) symlinkSync("busybox", join(this.rootfs, "bin", name));
    writeFileSync(join(this.rootfs, "etc/passwd"), PASSWD);
    writeFileSync(join(this.rootfs, "etc/group"), GROUP);
    this.runtime = selectRuntime({ stateRoot: join(this.directory, "state"), forced });
  }

  get cgroup(): string {
    return `/${basename(this.directory)}`;
  }

  bundle(args: readonly string[], options: Partial<SpecOptions> = {}): Bundle {
    const spec = createSpec({
      host: this.runtime,
      rootfs: this.rootfs,
      args,
      env: ["PATH=/bin"],
      cwd: "/",
      user: { uid: 0, gid: 0, additionalGids: [], home: "/root" },
      cgroupPath: `${this.cgroup}/c`,
      ...options,
    });
    return writeBundle(this.runtime, mkdtempSync(join(this.directory, "bundle-")), spec);
  }

  /** What is left of containers: state directories, control groups, mounts and processes. */
  async leftovers(): Promise<string[]> {
    const states = existsSync(this.runtime.stateRoot) ? readdirSync(this.runtime.stateRoot) : [];
    const { stdout } = await runTool(["ps", "-eo", "args"]);
    return [
      ...states.filter((name) => name !== ".seccomp"),
      ...this.#cgroups().filter((path) => existsSync(join(path, "c"))),
      ...mountsUnder(this.directory).map(({ target }) => target),
      ...stdout.split("\n").filter((line) => line.includes(this.directory)),
    ];
  }

  [Symbol.dispose](): void {
    for (const { target } of mountsUnder(this.directory)) unmount(target, { detach: true });
    rmSync(this.directory, { recursive: true });
    for (const path of this.#cgroups()) if (existsSync(path)) rmdirSync(path);
  }

  #cgroups(): string[] {
    const root = "/sys/fs/cgroup";
    return [root, ...readdirSync(root).map((name) => join(root, name))].map((path) =>
      join(path, this.cgroup),
    );
  }
}

/** Collects output as text. */
export class Output {
  text = "";
  readonly sink = (chunk: Uint8Array): void => {
    this.text += Buffer.from(chunk).toString();
  };
}
