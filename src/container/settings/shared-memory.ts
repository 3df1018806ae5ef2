import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { mountAll } from "#kernel";
import type { BindMount } from "#runtime";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { Container } from "../record.ts";
import { ipcDonor } from "./namespaces.ts";

const TARGET = "/dev/shm";

/**
 * Of a container that shares its IPC namespace, /dev/shm is mounted in its bundle, where others
 * can have it from; that of one that joins it is the other's. Nothing for all others.
 */
export function prepareSharedMemory(store: ContainerStore, { id, record }: Container): BindMount[] {
  const { IpcMode, ShmSize } = record.hostConfig;
  if (record.mounts.some(({ target }) => target === TARGET)) return [];
  if (IpcMode === "shareable") return [shareMemory(placeOf(store, id), ShmSize)];
  const donor = IpcMode?.startsWith("container:") && ipcDonor(store, IpcMode);
  return donor ? [bindOf(placeOf(store, donor.id))] : [];
}

function shareMemory(place: string, size = 0): BindMount {
  mkdirSync(place, { recursive: true });
  const options = ["nosuid", "nodev", "noexec", "mode=1777", `size=${size}`];
  mountAll([{ type: "tmpfs", source: "shm", options }], place);
  return bindOf(place);
}

function bindOf(source: string): BindMount {
  return { kind: "bind", source, target: TARGET, recursive: true };
}

function placeOf(store: ContainerStore, id: string): string {
  return join(placesOf(store, id).bundle, "shm");
}
