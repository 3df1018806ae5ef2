import type { Engine } from "#engine";
import type { ContainerService, MountDocument } from "../../container-service.ts";
import type { HostConfig, MountConfig } from "../../host-config.ts";
import { Sandbox } from "../../testing/sandbox.ts";

/** A sandbox with an engine on it, and short ways to say what a container mounts and does. */
export class Workbench implements AsyncDisposable {
  readonly box: Sandbox;
  readonly engine: Engine;
  readonly containers: ContainerService;

  private constructor(box: Sandbox, engine: Engine, containers: ContainerService) {
    this.box = box;
    this.engine = engine;
    this.containers = containers;
  }

  static async open(): Promise<Workbench> {
    const box = await new Sandbox().open();
    const engine = await box.engine();
    return new Workbench(box, engine, await engine.containers());
  }

  /** A container of the image `box` that runs a script. */
  async create(script: string, hostConfig: HostConfig, Volumes = {}): Promise<string> {
    const { id } = await this.containers.create({
      config: { Image: "box", Cmd: ["sh", "-c", script], Volumes },
      hostConfig: { NetworkMode: "none", ...hostConfig },
    });
    return id;
  }

  /** Starts it and gives what it has written when it has ended. */
  async finish(id: string): Promise<string> {
    let output = "";
    const sink = (chunk: Uint8Array) => {
      output += Buffer.from(chunk).toString();
    };
    const streams = await this.containers.attach(id, { stdout: sink, stderr: sink });
    await this.containers.start(id);
    await this.containers.wait(id);
    await streams.done;
    return output;
  }

  async run(script: string, hostConfig: HostConfig): Promise<string> {
    return this.finish(await this.create(script, hostConfig));
  }

  async say(script: string, ...Mounts: MountConfig[]): Promise<string> {
    return this.run(script, { Mounts });
  }

  /** By target. */
  async mountsOf(id: string): Promise<Record<string, MountDocument>> {
    const { Mounts } = await this.containers.inspect(id);
    return Object.fromEntries((Mounts as MountDocument[]).map((one) => [one.Destination, one]));
  }

  async volumes(): Promise<string[]> {
    return (await (await this.engine.volumes()).list()).map(({ Name }) => Name);
  }

  async directoryOf(volume: string): Promise<string> {
    return (await (await this.engine.volumes()).inspect(volume)).Mountpoint;
  }

  /** Removes all containers and volumes. */
  async clear(): Promise<void> {
    await this.box.clear();
    await (await this.engine.volumes()).prune({ all: ["true"] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    await this.box[Symbol.asyncDispose]();
  }
}

/** A mount of a volume on /v. */
export function volume(Source: string, more: Partial<MountConfig> = {}): MountConfig {
  return { Type: "volume", Source, Target: "/v", ...more };
}
