/** A shell script, run in a plain container, that says `ESCAPED` where it gets out. */
export interface Escape {
  readonly name: string;
  readonly script: string;
}

const attempt = (name: string, script: string): Escape => ({ name, script });
const worked = "&& echo ESCAPED";

/** `$disk` is a block device of the host, as MAJOR MINOR; `$marker` a file of the host. */
export const ESCAPES: readonly Escape[] = [
  attempt(
    "host disk",
    `busybox mknod /tmp/d b $disk; busybox dd if=/tmp/d count=1 of=/dev/null ${worked}`,
  ),
  attempt(
    "/dev/mem",
    `busybox mknod /tmp/m c 1 1; busybox dd if=/tmp/m count=1 of=/dev/null ${worked}`,
  ),
  attempt("/dev/port", `busybox mknod /tmp/p c 1 4; busybox dd if=/tmp/p bs=1 count=1 ${worked}`),
  attempt("/dev/kmsg", `busybox mknod /tmp/k c 1 11; echo x > /tmp/k ${worked}`),
  attempt("loop device", `busybox mknod /tmp/l c 10 237; cat /tmp/l ${worked}`),
  attempt("fuse", `busybox mknod /tmp/f c 10 229; : < /tmp/f ${worked}`),
  attempt(
    "devices of the host",
    `for d in sda vda mem port kmsg fuse loop-control; do [ -e /dev/$d ] ${worked}; done`,
  ),
  attempt("core_pattern", `echo '|/x' > /proc/sys/kernel/core_pattern ${worked}`),
  attempt("modprobe path", `echo /x > /proc/sys/kernel/modprobe ${worked}`),
  attempt("sysctl", `echo 1 > /proc/sys/vm/drop_caches ${worked}`),
  attempt("sysrq", `echo h > /proc/sysrq-trigger ${worked}`),
  attempt("irq", `for f in /proc/irq/*/smp_affinity; do [ -e $f ] && echo 1 > $f ${worked}; done`),
  attempt("binfmt_misc", `echo x > /proc/sys/fs/binfmt_misc/register ${worked}`),
  attempt("uevent_helper", `echo /x > /sys/kernel/uevent_helper ${worked}`),
  attempt(
    "sysfs",
    `echo 1 > /sys/kernel/mm/ksm/run ${worked}; busybox mkdir /sys/kernel/config/x ${worked}`,
  ),
  attempt(
    "kcore",
    `[ -s /proc/kcore ] && busybox dd if=/proc/kcore bs=1 count=1 | grep . ${worked}`,
  ),
  attempt(
    "keys and timers",
    `cat /proc/keys /proc/timer_list /proc/sched_debug | grep . ${worked}`,
  ),
  attempt("firmware", `ls -A /sys/firmware | grep . ${worked}`),
  attempt(
    "cgroup limits",
    `for f in /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs; do [ -e $f ] && echo 1 > $f ${worked}; done`,
  ),
  attempt(
    "release_agent",
    `for f in $(busybox find /sys/fs/cgroup -name release_agent -o -name notify_on_release); do echo 1 > $f ${worked}; done`,
  ),
  attempt(
    "cgroups below its own",
    `for f in $(busybox find /sys/fs/cgroup -name cgroup.procs); do mkdir \${f%/*}/x ${worked}; done`,
  ),
  attempt(
    "own cgroup mount",
    `mkdir -p /tmp/c; busybox mount -t cgroup -o memory none /tmp/c ${worked}`,
  ),
  attempt("devices.allow", `echo a > /sys/fs/cgroup/devices/devices.allow ${worked}`),
  attempt("remount /proc/sys", `busybox mount -o remount,rw,bind /proc/sys ${worked}`),
  attempt(
    "unmount a mask",
    `busybox umount /proc/kcore ${worked}; busybox umount -l /proc/sys ${worked}`,
  ),
  attempt("fresh proc", `busybox mount -t proc proc /tmp ${worked}`),
  attempt(
    "chroot and up",
    `mkdir -p /tmp/r; cd /; busybox chroot /tmp/r /x; cd ../../../../..; [ -e ".$marker" ] ${worked}`,
  ),
  attempt(
    "the host's root",
    `for p in /proc/[0-9]*; do [ -e "$p/root$marker" ] ${worked}; [ -e "$p/cwd/../../../../../..$marker" ] ${worked}; done`,
  ),
  attempt("processes of the host", `ls -d /proc/[0-9]* | wc -l | grep -q '...' ${worked}`),
  attempt("kill the host's", `kill -0 $outside ${worked}`),
  attempt(
    "descriptors",
    `for f in /proc/*/fd/*; do [ -e "$f/../../../../../..$marker" ] ${worked}; done`,
  ),
  attempt("host name", `busybox hostname x ${worked}`),
  attempt("clock", `busybox date -s 2001-01-01; [ $(busybox date +%Y) = 2001 ] ${worked}`),
  attempt("modules", `busybox insmod /x.ko ${worked}; busybox rmmod ext4 ${worked}`),
  attempt(
    "routes",
    `busybox ip route add 192.0.2.0/24 dev lo ${worked}; busybox ip link set lo down ${worked}`,
  ),
  attempt("links", `busybox ip link add x type dummy ${worked}`),
  attempt("swap", `: > /tmp/s; busybox swapon /tmp/s ${worked}`),
  attempt("nice", `busybox renice -n -10 $$ ${worked}`),
  attempt("oom score", `echo -1000 > /proc/self/oom_score_adj ${worked}`),
  attempt("raised limits", `ulimit -Hn 100; ulimit -Hn 200 ${worked}`),
  attempt("scheduler", `busybox chrt -f 50 true ${worked}`),
];
