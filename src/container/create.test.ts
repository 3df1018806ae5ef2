import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import type { Engine } from "#engine";
import type { ContainerConfig } from "./container-config.ts";
import type { ContainerService } from "./container-service.ts";
import type { HostConfig } from "./host-config.ts";
import { able, Sandbox } from "./testing/sandbox.ts";

const WORLD = 0o007;

/** Needs root, crun, conmon, nft and busybox; skipped elsewhere. */
describe.skipIf(!able)("a new container", () => {
  const box = new Sandbox();
  let engine: Engine;
  let containers: ContainerService;

  beforeAll(async () => {
    await box.open();
    engine = await box.engine();
    containers = await engine.containers();
  });
  afterEach(() => box.clear());
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
  });

  function create(config: Partial<ContainerConfig>, hostConfig: HostConfig = {}) {
    return containers.create({
      config: { Image: "box", ...config },
      hostConfig: { NetworkMode: "none", ...hostConfig },
    });
  }

  async function mountsOf(id: string) {
    return (await containers.inspect(id)).Mounts as { Source: string; Destination: string }[];
  }

  test("keeps an image's relative volume below the root", async () => {
    const { id } = await create({ Volumes: { relative: {}, "a/../../b/": {}, "/data": {} } });
    const targets = (await mountsOf(id)).map(({ Destination }) => Destination);
    expect(targets.sort()).toEqual(["/b", "/data", "/relative"]);
    await expect(create({ Volumes: { "..": {} } })).rejects.toThrow("destination can't be '/'");
  });

  test("has volumes that only their owner gets to", async () => {
    const { id } = await create({ Cmd: ["true"] });
    await containers.start(id);
    await containers.wait(id);
    const [volume] = await mountsOf(id);
    const above = [`${volume!.Source}/..`, `${volume!.Source}/../..`];
    expect(above.map((path) => statSync(path).mode & WORLD)).toEqual([0, 0]);
  });

  test.each<[Partial<ContainerConfig>, HostConfig, string]>([
    [{ StopSignal: "ZZ" }, {}, "invalid signal: ZZ"],
    [{ StopSignal: "0" }, {}, "invalid signal: 0"],
    [{}, { NetworkMode: "container:" }, "invalid container format container:<name|id>"],
    [{}, { Dns: ["bad"] }, "IP address is not correctly formatted: bad"],
    [{}, { Binds: ["/x:/b", "/y:/b"] }, "Duplicate mount point: /b"],
  ])("is refused: %j %j", async (config, hostConfig, message) => {
    await expect(create(config, hostConfig)).rejects.toThrow(message);
    expect(await containers.list({ all: true })).toEqual([]);
  });

  test("is listed by its image's name as long as that stands for it", async () => {
    const images = await engine.images();
    await images.tag("box", "other");
    const { id } = await create({ Image: "other" });
    const listed = async () => (await containers.list({ all: true }))[0]!;
    expect(await listed()).toMatchObject({ id, image: "other" });
    await images.remove("other");
    const { image, imageId } = await listed();
    expect(image).toBe(imageId!);
    expect((await box.run(["ps", "-a", "--format", "{{.Image}}"])).stdout).toBe(
      `${imageId!.slice("sha256:".length, "sha256:".length + 12)}\n`,
    );
  });
});
