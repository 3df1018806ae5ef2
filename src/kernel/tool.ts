import { fail } from "#errors";

/** Debian's package for each program we may start. */
const PACKAGES: Readonly<Record<string, string>> = {
  "aardvark-dns": "aardvark-dns",
  bzip2: "bzip2",
  conmon: "conmon",
  crun: "crun",
  ip: "iproute2",
  newuidmap: "uidmap",
  nft: "nftables",
  nsenter: "util-linux",
  runc: "runc",
  slirp4netns: "slirp4netns",
  unshare: "util-linux",
  xz: "xz-utils",
};

/** Where programs are that an ordinary user's PATH does not lead to; podman's are its helpers. */
const MORE_PLACES = "/usr/sbin:/sbin:/usr/local/sbin:/usr/lib/podman:/usr/libexec/podman";

/** Where a program is, by PATH and then the places of system programs; undefined if nowhere. */
export function findTool(name: string): string | undefined {
  if (name.includes("/")) return Bun.which(name) ?? undefined;
  return Bun.which(name) ?? Bun.which(name, { PATH: MORE_PLACES }) ?? undefined;
}

/** Where a program is; fails with `failed-precondition` and how to install it. */
export function requireTool(name: string): string {
  return findTool(name) ?? failMissing(name);
}

/** Throws what to say when a program is missing. */
export function failMissing(name: string): never {
  const known = PACKAGES[name];
  const advice = known === undefined ? "install it" : `install it with "apt-get install ${known}"`;
  return fail("failed-precondition", `${name} not found: ${advice}`);
}
