import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "#engine";
import { mountsUnder, unmount } from "#kernel";
import { createNetwork } from "#network";
import { openState } from "#state";

const APPLETS =
  "cat echo env false head hostname id kill ls mkdir mount ping pwd rm seq sh sleep stat stty sync test touch true tty wc wget yes";

/** Whether containers can be run here: root, crun, conmon, nft and a static busybox. */
export const able =
  process.getuid?.() === 0 &&
  ["crun", "conmon", "nft", "busybox"].every((tool) => Bun.which(tool) !== null);

/** A store of its own with the image `box`: one busybox, two users, `/data` as a volume with a file. */
export class Sandbox implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "shale-containers-"));
  readonly root = join(this.directory, "store");
  /** The program's own rule, so that it and we work on the same store. */
  readonly runtimeDirectory = join("/run/shale", sha256(this.root).slice(0, 12));

  /** Brings the image in. */
  async open(): Promise<this> {
    await using engine = await this.engine();
    const images = await engine.images();
    const tar = Bun.spawn(["tar", "-C", this.#makeRoot(), "-cf", "-", "."]).stdout;
    await images.import(tar, {
      name: "box:latest",
      changes: [
        'CMD ["echo", "hello"]',
        "ENV FROM_IMAGE=yes",
        "WORKDIR /made/by/workdir",
        "VOLUME /data",
      ],
    });
    return this;
  }

  engine() {
    return openEngine({ root: this.root, runtimeDirectory: this.runtimeDirectory });
  }

  /** Runs the program as a user would. */
  spawn(args: readonly string[], options: object = {}) {
    const main = join(import.meta.dir, "../../cli/main.ts");
    return Bun.spawn([process.execPath, main, ...args], {
      env: { ...process.env, SHALE_ROOT: this.root },
      cwd: this.directory,
      ...options,
    });
  }

  /** Runs the program to its end. */
  async run(args: readonly string[], input?: Uint8Array) {
    const child = this.spawn(args, { stdin: input ?? "ignore", stdout: "pipe", stderr: "pipe" });
    const texts = [child.stdout, child.stderr].map((out) => new Response(out as never).text());
    const [stdout, stderr] = await Promise.all(texts);
    return { code: await child.exited, stdout: stdout!, stderr: stderr! };
  }

  /** What containers have left: mounts, processes' state, namespaces, files, records. */
  leftovers(): string[] {
    const { root, runtimeDirectory: up } = this;
    const directories = ["attachments", "containers", "exits", "locks", "netns", "runtime"].map(
      (name) => join(up, name),
    );
    using state = openState(root);
    return [
      ...[...directories, join(root, "containers")].flatMap(namesIn),
      ...mountsUnder(root).map(({ target }) => target),
      // Layers stay mounted for the next container, until a garbage collection.
      ...mountsUnder(up).flatMap(({ target }) => (target.includes("/layers/") ? [] : [target])),
      ...state.addresses.list("bridge").map(({ address }) => address),
      ...state.containers.list().map(({ name }) => name),
      ...state.snapshots.list().flatMap(({ kind, key }) => (kind === "active" ? [key] : [])),
    ];
  }

  /** Removes all containers. */
  async clear(): Promise<void> {
    await using engine = await this.engine();
    const containers = await engine.containers();
    for (const { id } of await containers.list({ all: true }))
      await containers.remove(id, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear();
    using state = openState(this.root);
    const storeId = this.runtimeDirectory.slice(-12);
    await createNetwork({ storeId, runtimeDir: this.runtimeDirectory, state }).remove();
    for (const { target } of mountsUnder(this.runtimeDirectory)) unmount(target, { detach: true });
    rmSync(this.runtimeDirectory, { recursive: true, force: true });
    rmSync(this.directory, { recursive: true });
  }

  #makeRoot(): string {
    const root = join(this.directory, "rootfs");
    for (const name of ["bin", "etc", "tmp", "root", "data"])
      mkdirSync(join(root, name), { recursive: true });
    copyFileSync(Bun.which("busybox")!, join(root, "bin/busybox"));
    for (const name of APPLETS.split(" ")) symlinkSync("busybox", join(root, "bin", name));
    writeFileSync(
      join(root, "etc/passwd"),
      "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n",
    );
    writeFileSync(join(root, "etc/group"), "root:x:0:\napp:x:1000:\n");
    writeFileSync(join(root, "data/seed"), "from the image");
    return root;
  }
}

function namesIn(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  // What the runtime keeps for next time.
  return names.filter((name) => !name.startsWith("."));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
