/** Error numbers (errno(3)). */
const EPERM = 1;
const ENOSYS = 38;

/** A system call of x86-64 that would lead out, or change the host; and the error it must end in. */
export interface RefusedCall {
  readonly name: string;
  readonly call: readonly (string | number)[];
  readonly error: number;
}

const refuse = (error: number, name: string, ...call: (string | number)[]): RefusedCall => ({
  name,
  call,
  error,
});

const NEW_NAMESPACES = {
  mount: 0x20000,
  cgroup: 0x2000000,
  uts: 0x4000000,
  ipc: 0x8000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
};

/** Arguments that would do no harm if the call were let through. */
export const REFUSED_CALLS: readonly RefusedCall[] = [
  refuse(EPERM, "mount", 165, "tmpfs", "/tmp", "tmpfs", 0, 0),
  refuse(EPERM, "bind mount", 165, "/", "/tmp", "none", 4096, 0),
  refuse(EPERM, "remount /proc/sys writable", 165, "none", "/proc/sys", "none", 32 + 4096, 0),
  refuse(EPERM, "umount2", 166, "/proc/sys", 2),
  refuse(EPERM, "pivot_root", 155, "/", "/tmp"),
  refuse(EPERM, "fsopen", 430, "tmpfs", 0),
  refuse(EPERM, "open_tree", 428, 0, "/", 1),
  refuse(EPERM, "move_mount", 429, 0, "/", 0, "/tmp", 0),
  refuse(EPERM, "mount_setattr", 442, 0, "/", 0, 0, 0),
  ...Object.entries(NEW_NAMESPACES).map(([kind, flag]) =>
    refuse(EPERM, `unshare ${kind}`, 272, flag),
  ),
  refuse(EPERM, "clone with a user namespace", 56, NEW_NAMESPACES.user + 17, 0, 0, 0, 0),
  refuse(ENOSYS, "clone3", 435, 0, 0),
  refuse(EPERM, "setns", 308, 0, 0),
  refuse(EPERM, "keyctl", 250, 0, 0),
  refuse(EPERM, "add_key", 248, "user", "x", "y", 1, 0),
  refuse(EPERM, "request_key", 249, "user", "x", 0, 0),
  refuse(EPERM, "bpf", 321, 0, 0, 0),
  refuse(EPERM, "perf_event_open", 298, 0, 0, 0, 0, 0),
  refuse(EPERM, "open_by_handle_at", 304, 0, 0, 0),
  refuse(EPERM, "fanotify_init", 300, 0, 0),
  refuse(EPERM, "userfaultfd", 323, 0),
  refuse(EPERM, "init_module", 175, 0, 0, ""),
  refuse(EPERM, "finit_module", 313, 0, "", 0),
  refuse(EPERM, "delete_module", 176, "none", 0),
  refuse(EPERM, "kexec_load", 246, 0, 0, 0, 0),
  refuse(EPERM, "kexec_file_load", 320, 0, 0, 0, 0, 0),
  // Ctrl-Alt-Del is to mean a signal for init, as on most hosts.
  refuse(EPERM, "reboot", 169, 0xfee1dead, 672274793, 0, 0),
  refuse(EPERM, "settimeofday", 164, 0, 0),
  refuse(EPERM, "clock_settime", 227, 0, 0),
  refuse(EPERM, "swapon", 167, "/none", 0),
  refuse(EPERM, "swapoff", 168, "/none"),
  refuse(EPERM, "iopl", 172, 3),
  refuse(EPERM, "ioperm", 173, 0, 1, 1),
  refuse(EPERM, "acct", 163, 0),
  refuse(EPERM, "syslog", 103, 3, 0, 0),
  refuse(EPERM, "quotactl", 179, 0, 0, 0, 0),
  refuse(EPERM, "sethostname", 170, "x", 1),
  refuse(EPERM, "setdomainname", 171, "x", 1),
  refuse(EPERM, "vhangup", 153),
  refuse(EPERM, "lookup_dcookie", 212, 0, 0, 0),
  refuse(EPERM, "move_pages", 279, 0, 0, 0, 0, 0, 0),
  refuse(EPERM, "set_mempolicy", 238, 0, 0, 0),
  refuse(EPERM, "kcmp", 312, 0, 0, 0, 0, 0),
  refuse(EPERM, "personality that is not Linux's", 135, 0x40000),
];

/** What Docker refuses since 23 to 25, and its older ones let through. */
export const LATELY_REFUSED_CALLS: readonly RefusedCall[] = [
  refuse(EPERM, "AF_ALG socket", 41, 38, 5, 0),
  refuse(EPERM, "AF_VSOCK socket", 41, 40, 1, 0),
  refuse(EPERM, "io_uring_setup", 425, 1, 0),
];

/** What Docker lets through works here, too. */
export const ALLOWED_CALLS: readonly RefusedCall[] = [
  refuse(0, "chroot", 161, "/tmp"),
  refuse(0, "AF_PACKET socket", 41, 17, 3, 0),
  refuse(0, "AF_INET raw socket", 41, 2, 3, 1),
  refuse(0, "mknod of a device", 133, "/tmp/disk", 0o60600, 0xfe00),
  refuse(0, "personality", 135, 0),
];
