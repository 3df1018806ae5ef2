import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openState } from "#state";
import { createNetwork, type Network } from "./network.ts";

/** Needs root, nft (nftables) and busybox; skipped elsewhere. */
const able = process.getuid?.() === 0 && Bun.which("busybox") !== null && Bun.which("nft") !== null;

const directory = mkdtempSync(join(tmpdir(), "shale-network-"));
const state = openState(join(directory, "store"));
const opened: Network[] = [];

function open(storeId: string, device: string): Network {
  const runtimeDir = join(directory, storeId);
  const network = createNetwork({ storeId, runtimeDir, addresses: state.addresses, device });
  opened.push(network);
  return network;
}

afterAll(async () => {
  for (const network of opened) {
    network.repair(() => false);
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
    expect((await inside(two.namespace, "ping", "-c1", "-W2", address)).code).toBe(0);
    expect((await inside(one.namespace, "ping", "-c1", "-W2", "127.0.0.1")).code).toBe(0);
  });

  test("gives an address back at once, and the namespace with it", async () => {
    const network = open("1123456789ab", "shtest-b");
    const first = await network.attach("again", "bridge");
    network.detach("again");
    expect(existsSync(first.namespace!)).toBe(false);
    const second = await network.attach("again", "bridge");
    expect(second.endpoint?.address).toBe(first.endpoint!.address);
    expect(
      (await inside(second.namespace, "ping", "-c1", "-W2", second.endpoint!.gateway)).code,
    ).toBe(0);
    network.detach("again");
    network.detach("again");
  });

  test("keeps two stores apart", async () => {
    const [one, two] = [open("2123456789ab", "shtest-c"), open("3123456789ab", "shtest-d")];
    const attached = await Promise.all([one.attach("x", "bridge"), two.attach("y", "bridge")]);
    const gateways = attached.map(({ endpoint }) => endpoint?.gateway);
    expect(new Set(gateways).size).toBe(2);
  });

  test("has only a loopback for none, and nothing for host", async () => {
    const network = open("4123456789ab", "shtest-e");
    const none = await network.attach("lonely", "none");
    expect((await inside(none.namespace, "ping", "-c1", "-W2", "127.0.0.1")).code).toBe(0);
    expect((await inside(none.namespace, "ip", "route")).output).toBe("");
    expect(await network.attach("shared", "host")).toEqual({ mode: "host", namespace: undefined });
  });

  test("repairs what gone owners left, and leaves living ones alone", async () => {
    const network = open("5123456789ab", "shtest-f");
    const living = await network.attach("living", "bridge");
    const gone = await network.attach("gone", "bridge");
    network.repair((owner) => owner !== "gone");
    expect(existsSync(gone.namespace!)).toBe(false);
    expect(readdirSync("/sys/class/net/shtest-f/brif")).toHaveLength(1);
    expect(
      (await inside(living.namespace, "ping", "-c1", "-W2", living.endpoint!.gateway)).code,
    ).toBe(0);
  });

  test("refuses an owner that is no plain name", async () => {
    const network = open("6123456789ab", "shtest-g");
    await expect(network.attach("../up", "none")).rejects.toThrow("invalid network owner");
  });
});
