import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openState } from "#state";
import type { Attachment, Network } from "./network.ts";
import { createNetwork } from "./store-network.ts";

/** Needs root, nft (nftables) and busybox; skipped elsewhere. */
const able = process.getuid?.() === 0 && Bun.which("busybox") !== null && Bun.which("nft") !== null;

const directory = mkdtempSync(join(tmpdir(), "shale-network-"));
const state = openState(join(directory, "store"));
const opened: Network[] = [];

function open(storeId: string, device: string): Network {
  const runtimeDir = join(directory, storeId);
  const network = createNetwork({ storeId, runtimeDir, state, device });
  opened.push(network);
  return network;
}

afterAll(async () => {
  for (const network of opened) {
    for (const owner of network.owners()) await network.detach(owner);
    await network.remove();
  }
  state[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

/** Not the synchronous kind: the server it may talk to is this process. */
async function inside(namespace: string | undefined, ...argv: string[]) {
  const child = Bun.spawn(["nsenter", `--net=${namespace}`, "busybox", ...argv], {
    stderr: "pipe",
  });
  const output = (await new Response(child.stdout).text()).trim();
  return { output, code: await child.exited };
}

async function reaches({ namespace }: Attachment, address: string): Promise<boolean> {
  return (await inside(namespace, "ping", "-c1", "-W2", address)).code === 0;
}

describe.skipIf(!able)("a store's network", () => {
  test("connects containers to the host and to each other", async () => {
    const network = open("0123456789ab", "shtest-a");
    const one = await network.attach("one", "bridge");
    const two = await network.attach("two", "bridge");
    const { address, gateway } = one.endpoint!;
    expect(two.endpoint?.gateway).toBe(gateway);

    using server = Bun.serve({ hostname: gateway, port: 0, fetch: () => new Response("hello") });
    const answer = await inside(one.namespace, "wget", "-qO-", server.url.href);
    expect(answer.output).toBe("hello");
    expect(await reaches(two, address)).toBe(true);
    expect(await reaches(one, "127.0.0.1")).toBe(true);
  });

  test("gives an address back at once, and the namespace with it", async () => {
    const network = open("1123456789ab", "shtest-b");
    const first = await network.attach("again", "bridge");
    await network.detach("again");
    expect(existsSync(first.namespace!)).toBe(false);
    const second = await network.attach("again", "bridge");
    expect(second.endpoint?.address).toBe(first.endpoint!.address);
    expect(await reaches(second, second.endpoint!.gateway)).toBe(true);
    await network.detach("again");
    await network.detach("again");
  });

  test("keeps two stores apart", async () => {
    const [one, two] = [open("2123456789ab", "shtest-c"), open("3123456789ab", "shtest-d")];
    const attached = await Promise.all([one.attach("x", "bridge"), two.attach("y", "bridge")]);
    const gateways = attached.map(({ endpoint }) => endpoint?.gateway);
    expect(new Set(gateways).size).toBe(2);
  });

  test("has nothing to do for none and host", async () => {
    const network = open("4123456789ab", "shtest-e");
    for (const mode of ["none", "host"] as const)
      expect(await network.attach("lonely", mode)).toEqual({ mode, namespace: undefined });
    expect(network.owners()).not.toContain("lonely");
  });

  test("knows its owners, whatever a crash has left of them", async () => {
    const network = open("5123456789ab", "shtest-f");
    const living = await network.attach("living", "bridge");
    await network.attach("gone", "bridge");
    state.addresses.take("bridge", ["192.0.2.99"], "half");
    expect(network.owners()).toEqual(expect.arrayContaining(["gone", "half", "living"]));
    for (const owner of ["gone", "half"]) await network.detach(owner);
    expect(network.owners()).not.toContain("gone");
    expect(network.owners()).not.toContain("half");
    expect(await reaches(living, living.endpoint!.gateway)).toBe(true);
  });

  test("refuses an owner that is no plain name", async () => {
    const network = open("6123456789ab", "shtest-g");
    await expect(network.attach("../up", "bridge")).rejects.toThrow("invalid network owner");
  });
});
