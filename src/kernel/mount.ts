import { mountByContext } from "./mount-context.ts";
import { addressOf, checked, cString, lazyLibc } from "./system-call.ts";

/** Flags of mount(2), by name. */
export const MountFlag = {
  readOnly: 1,
  noSuid: 2,
  noDev: 4,
  noExec: 8,
  remount: 32,
  noAtime: 1024,
  bind: 4096,
  move: 8192,
  recursive: 16384,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
} as const;

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
/** mount(2) takes one page of options, the closing zero included. */
const MOST_OPTIONS = 4096;

const libc = lazyLibc({
  mount: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  umount2: { args: ["ptr", "i32"], returns: "i32" },
});

/**
 * mount(2). `data` is the comma-separated options of the file system. More than a page of them
 * (an overlay of very many layers) goes the newer way, option by option; then the file system
 * must be a new one (no bind, no remount).
 */
export function mount(
  source: string,
  target: string,
  type: string | undefined,
  flags: number,
  data?: string,
): void {
  const options = data === undefined ? undefined : cString(data);
  if (type !== undefined && data !== undefined && options!.length > MOST_OPTIONS)
    mountByContext(type, target, flags, data);
  else mountAtOnce(source, target, type, flags, options);
}

function mountAtOnce(
  source: string,
  target: string,
  type: string | undefined,
  flags: number,
  options: Uint8Array | undefined,
): void {
  const [from, on] = [cString(source), cString(target)];
  const kind = type === undefined ? undefined : cString(type);
  const { mount: call } = libc();
  checked(
    call(addressOf(from), addressOf(on), addressOf(kind), flags, addressOf(options)),
    () => `mount ${type ?? source} on ${target}`,
  );
}

/**
 * umount2(2) of one mount, never through a symlink. `detach` hides it at once and lets the
 * kernel free it when its last user is gone.
 */
export function unmount(target: string, options: { detach?: boolean } = {}): void {
  const flags = UMOUNT_NOFOLLOW | (options.detach ? MNT_DETACH : 0);
  const path = cString(target);
  checked(libc().umount2(addressOf(path), flags), () => `unmount ${target}`);
}
