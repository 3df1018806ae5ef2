import { existsSync, mkdirSync } from "node:fs";
import type { ContainerMount } from "#runtime";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

const DIRECTORY_MODE = 0o755;

/**
 * What is mounted into a container from outside, ready to be: host directories made, volumes
 * filled, images mounted. Its root file system is mounted at `rootfs`.
 */
export async function prepareMounts(
  _store: ContainerStore,
  { record }: Container,
  _rootfs: string,
): Promise<ContainerMount[]> {
  return record.mounts.map((mount): ContainerMount => {
    const { source, target, readOnly, propagation } = mount;
    if (!existsSync(source)) mkdirSync(source, { recursive: true, mode: DIRECTORY_MODE });
    return { kind: "bind", source, target, readOnly, ...(propagation && { propagation }) };
  });
}
