import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openState } from "#state";
import { createNetworkService } from "./local-networks.ts";
import { createNetwork } from "./store-network.ts";

/** Needs root and nft (nftables); skipped elsewhere. */
const able = process.getuid?.() === 0 && Bun.which("nft") !== null;

const directory = mkdtempSync(join(tmpdir(), "shale-networks-"));
const state = openState(join(directory, "store"));
const storeId = "7123456789ab";
const network = createNetwork({ storeId, runtimeDir: join(directory, "run"), state });
const networks = createNetworkService({ state, network });
const withSubnet = (Name: string, Subnet: string, more = {}) => ({
  Name,
  IPAM: { Config: [{ Subnet, ...more }] },
});

afterAll(async () => {
  await network.remove();
  state[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

describe.skipIf(!able)("a store's networks", () => {
  test("are three from the start, with IDs that stay", async () => {
    const found = await networks.list();
    expect(found.map(({ Name, Driver }) => [Name, Driver])).toEqual([
      ["bridge", "bridge"],
      ["host", "host"],
      ["none", "null"],
    ]);
    for (const { Id, Name } of found) expect(await networks.inspect(Id)).toMatchObject({ Name });
    await expect(networks.remove("host")).rejects.toThrow("is a pre-defined network");
  });

  test("are made as asked for, and removed with all that they have", async () => {
    const asked = withSubnet("own", "10.219.7.0/24", { Gateway: "10.219.7.9" });
    const { id } = await networks.create({ ...asked, Labels: { a: "b" }, Internal: true });
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const document = await networks.inspect(id.slice(0, 12));
    expect(document).toMatchObject({ Name: "own", Internal: true, Labels: { a: "b" } });
    expect(document.IPAM).toMatchObject({
      Config: [{ Subnet: "10.219.7.0/24", Gateway: "10.219.7.9" }],
    });
    expect(await linkOf(id)).toContain("10.219.7.9/24");
    await networks.remove("own");
    expect(await linkOf(id)).toBe("");
    await expect(networks.inspect("own")).rejects.toThrow("network own not found");
    const events = state.events.between(0, Date.now()).map(({ action }) => action);
    expect(events).toEqual(["create", "destroy"]);
  });

  test("have addresses and names of their own", async () => {
    await networks.create(withSubnet("one", "10.219.8.0/24"));
    const cases: [object, string][] = [
      [withSubnet("two", "10.219.0.0/16"), "Pool overlaps with other one on this address space"],
      [withSubnet("two", "127.0.0.0/16"), "Pool overlaps"],
      [{ Name: "one" }, "network with name one already exists"],
      [{ Name: "host" }, "operation is not permitted on predefined host network"],
      [{ Name: "a/b" }, "invalid network name"],
      [{ Name: "two", Driver: "overlay" }, 'plugin "overlay" not found'],
      [withSubnet("two", "10.219.9.0/24", { Gateway: "10.0.0.1" }), "no matching subnet"],
      [withSubnet("two", "10.219.9.0/31"), "has no room"],
    ];
    for (const [options, message] of cases)
      await expect(networks.create(options as never)).rejects.toThrow(message);
    expect((await networks.list({ type: ["custom"] })).map(({ Name }) => Name)).toEqual(["one"]);
    expect(await networks.prune({ until: ["1h"] })).toEqual({ removed: [] });
    expect(await networks.prune()).toEqual({ removed: ["one"] });
  });

  test("are in use as long as a container is connected", async () => {
    await networks.create(withSubnet("busy", "10.219.9.0/24", { IPRange: "10.219.9.128/25" }));
    const place = { network: "busy", address: "10.219.9.77", mac: "02:00:00:00:00:07" };
    const options = (name: string, request: object) => ({
      name,
      networks: [{ network: "busy", ...request }],
    });
    await network.attach("one", { name: "one", networks: [place] });
    const second = await network.attach("two", options("two", {}));
    expect(second.endpoint?.address).toBe("10.219.9.128");
    await expect(network.attach("three", options("three", place))).rejects.toThrow(
      "Address already in use",
    );
    await expect(
      network.attach("three", options("three", { address: "10.1.1.1" })),
    ).rejects.toThrow("It does not belong to any of this network's subnets");
    expect((await networks.inspect("busy")).Containers).toMatchObject({
      one: { Name: "one", IPv4Address: "10.219.9.77/24", MacAddress: place.mac },
    });
    await expect(networks.remove("busy")).rejects.toThrow("has active endpoints");
    for (const owner of ["one", "two"]) await network.detach(owner);
    expect(network.owners()).toEqual([]);
    await networks.remove("busy");
  });
});

/** What ip(8) says of a network's bridge; nothing when there is none. */
async function linkOf(id: string): Promise<string> {
  const child = Bun.spawn(["ip", "-br", "addr", "show", `br-${id.slice(0, 12)}`], {
    stderr: "ignore",
  });
  return await new Response(child.stdout).text();
}
