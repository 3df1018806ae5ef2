import { posix } from "node:path";
import type { Container } from "../record.ts";

/** Below which containers are that ask for no other place. */
const PARENT = "shale";

/** A container's control group, from the root of the tree. */
export function cgroupPathOf({ id, record }: Pick<Container, "id" | "record">): string {
  return posix.join("/", record.hostConfig.CgroupParent || PARENT, id);
}

/** That of one which asked for no other place, or whose record is gone. */
export function defaultCgroupPath(id: string): string {
  return posix.join("/", PARENT, id);
}
