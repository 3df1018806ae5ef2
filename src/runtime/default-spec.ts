import type { DeviceRule, SpecMount } from "./runtime-spec.ts";

/** What Docker hides from every container that is not privileged. */
export const MASKED_PATHS: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

/** What may be read there and not written. */
export const READONLY_PATHS: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/** Of 64 MiB, as Docker has it. */
export const DEFAULT_SHM_SIZE = 64 << 20;

const MAJOR_MEMORY = 1;
const MAJOR_TTY = 5;
const MAJOR_PTS = 136;
/** null, zero, full, random, urandom */
const MEMORY_MINORS = [3, 5, 7, 8, 9];
/** tty, console, ptmx */
const TTY_MINORS = [0, 1, 2];

/**
 * The device rules: any node may be made, only the harmless ones opened. The nodes themselves
 * are made by the runtime (runtime-spec, "Default Devices").
 */
export function deviceRules(): DeviceRule[] {
  const open = (major: number, minor?: number): DeviceRule => ({
    allow: true,
    type: "c",
    major,
    ...(minor === undefined ? {} : { minor }),
    access: "rwm",
  });
  return [
    { allow: false, access: "rwm" },
    { allow: true, type: "c", access: "m" },
    { allow: true, type: "b", access: "m" },
    ...MEMORY_MINORS.map((minor) => open(MAJOR_MEMORY, minor)),
    ...TTY_MINORS.map((minor) => open(MAJOR_TTY, minor)),
    open(MAJOR_PTS),
  ];
}

/** The mounts of every container, in the order they are made. */
export function defaultMounts(shmSize: number): SpecMount[] {
  return [
    mountOf("proc", "/proc", ["nosuid", "noexec", "nodev"]),
    mountOf("tmpfs", "/dev", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mountOf("devpts", "/dev/pts", [
      ...["nosuid", "noexec", "newinstance"],
      ...["ptmxmode=0666", "mode=0620", "gid=5"],
    ]),
    mountOf("sysfs", "/sys", ["nosuid", "noexec", "nodev", "ro"]),
    mountOf("cgroup", "/sys/fs/cgroup", ["nosuid", "noexec", "nodev", "ro"]),
    mountOf("mqueue", "/dev/mqueue", ["nosuid", "noexec", "nodev"]),
    {
      ...mountOf("tmpfs", "/dev/shm", [
        "nosuid",
        "noexec",
        "nodev",
        "mode=1777",
        `size=${shmSize}`,
      ]),
      source: "shm",
    },
  ];
}

function mountOf(type: string, destination: string, options: string[]): SpecMount {
  return { destination, type, source: type, options };
}
