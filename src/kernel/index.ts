export {
  type CgroupLayout,
  cgroupDirectory,
  cgroupLayout,
  cgroupsOf,
  killCgroup,
  removeCgroup,
  UNIFIED_CGROUP,
} from "./cgroup.ts";
export { availableCpuset, type CgroupFeatures, cgroupFeatures } from "./cgroup-features.ts";
export { ConfinedDirectory, type OnMissing, type OpenDirectory } from "./confined-directory.ts";
export { eachUsage, type OnUsage } from "./disk-usage.ts";
export { type Exchange, type ExchangeOptions, exchange } from "./exchange.ts";
export {
  copyContent,
  readFully,
  readNames,
  readSome,
  truncateFd,
  writeFully,
  writeFullyAt,
} from "./file-content.ts";
export { type FileSystemFacts, statfs, syncFileSystem } from "./file-system.ts";
export { type HashThread, startHashThread } from "./hash-thread.ts";
export { hideInput } from "./hidden-input.ts";
export {
  chmodAt,
  chmodFd,
  chmodFound,
  chownAt,
  chownFd,
  closeFd,
  type Inode,
  type InodeTime,
  type InodeType,
  inodeKey,
  linkAt,
  makeDirectoryAt,
  makeNodeAt,
  openAt,
  openFound,
  readLinkAt,
  removeDirectoryAt,
  renameAt,
  setTimesAt,
  setTimesFd,
  statAt,
  statFd,
  symlinkAt,
  tryOpenDirectoryAt,
  unlinkAt,
} from "./inode.ts";
export {
  ensureKeeper,
  enterKeeper,
  homeNetworkOf,
  type Keeper,
  type KeeperPlaces,
} from "./keeper.ts";
export { AT_FDCWD, Errno, OpenFlag } from "./libc.ts";
export { type LockOptions, lockCurrentFile, lockFile, whileLocked } from "./lock.ts";
export { type LoopDevice, openLoopDevice } from "./loop-device.ts";
export { MountFlag, mount, unmount } from "./mount.ts";
export { type MountEntry, mountsUnder, parseMountinfo, readMounts } from "./mountinfo.ts";
export { isMountPoint, type Mount, mountAll, mountShared, unmountAll } from "./mounts.ts";
export { NetlinkSocket } from "./netlink-socket.ts";
export {
  bindNewNetworkNamespace,
  inNetworkNamespace,
  openSocket,
  readNetworkSetting,
  writeNetworkSetting,
} from "./network-namespace.ts";
export { openBeneath } from "./open-beneath.ts";
export { bindPort, type HostPort } from "./port.ts";
export { bootId, isAlive, ownProcessGroup, processStart } from "./process.ts";
export { removeBeside } from "./remove-beside.ts";
export {
  type FilterName,
  filterCommands,
  filterNames,
  pipeThrough,
  runTool,
  type ToolOptions,
} from "./run-tool.ts";
export { connectPackets, type PacketSocket } from "./seqpacket.ts";
export { formatSignal, parseSignal } from "./signals.ts";
export {
  type Child,
  type ChildInput,
  type Exit,
  readDescriptor,
  type SpawnOptions,
  type Stdio,
  spawnProcess,
} from "./spawn.ts";
export {
  enterRawMode,
  isTerminal,
  onWindowChange,
  type WindowSize,
  windowSize,
} from "./terminal.ts";
export { findTool, requireTool } from "./tool.ts";
export { inUserNamespace } from "./user-namespace.ts";
export {
  getXattr,
  listXattrs,
  pathIn,
  removeXattr,
  setXattr,
  trySetXattr,
  type XattrTarget,
} from "./xattr.ts";
