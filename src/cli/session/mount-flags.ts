import { resolve } from "node:path";
import type { HostConfig, MountConfig } from "#container";
import { fail } from "#errors";
import type { FlagSpecs, FlagValues } from "../flags/index.ts";
import { parseMount } from "./mount-spec.ts";

/** The flags that say what is mounted into a container. */
export const mountFlags = {
  mount: {
    type: "custom",
    help: "Attach a filesystem mount to the container",
    value: "mount",
    parse: (text: string, mounts: readonly MountConfig[] = []) => [...mounts, parseMount(text)],
  },
  tmpfs: { type: "list", help: "Mount a tmpfs directory" },
  volume: { type: "list", short: "v", help: "Bind mount a volume" },
  volumeDriver: { type: "string", help: "Optional volume driver for the container" },
  volumesFrom: { type: "list", help: "Mount volumes from the specified container(s)" },
} as const satisfies FlagSpecs;

/** What they ask for: `volumes` are those without a name, for the container's config. */
export function mountOptions(
  flags: FlagValues<typeof mountFlags>,
  directory: string,
): { hostConfig: HostConfig; volumes: Record<string, object> } {
  const { mount, tmpfs, volume: given, volumeDriver, volumesFrom } = flags;
  for (const text of given) checkSections(text);
  const anonymous = given.filter((text) => !text.includes(":"));
  const binds = given.filter((text) => text.includes(":")).map((text) => absolute(text, directory));
  return {
    hostConfig: {
      Binds: binds,
      ...(mount && { Mounts: mount.map((one) => withPath(one, directory)) }),
      ...(tmpfs.length > 0 && { Tmpfs: Object.fromEntries(tmpfs.map(splitTarget)) }),
      ...(volumeDriver && { VolumeDriver: volumeDriver }),
      ...(volumesFrom.length > 0 && { VolumesFrom: volumesFrom }),
    },
    volumes: Object.fromEntries(anonymous.map((target) => [target, {}])),
  };
}

function checkSections(volume: string): void {
  if (volume === "") fail("invalid-argument", "invalid empty volume spec");
  const sections = volume.split(":");
  if (sections.length > 3) fail("invalid-argument", `invalid spec: ${volume}: too many colons`);
  if (sections.includes(""))
    fail("invalid-argument", `invalid spec: ${volume}: empty section between colons`);
}

function absolute(bind: string, directory: string): string {
  const [source = "", ...rest] = bind.split(":");
  return source.startsWith(".") ? [resolve(directory, source), ...rest].join(":") : bind;
}

function withPath(mount: MountConfig, directory: string): MountConfig {
  const { Source = "" } = mount;
  return /^\.(\/|$)/.test(Source) ? { ...mount, Source: resolve(directory, Source) } : mount;
}

/** Of `TARGET[:OPTIONS]`. */
function splitTarget(text: string): [target: string, options: string] {
  const at = text.indexOf(":");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
