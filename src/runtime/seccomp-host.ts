import { release } from "node:os";

const GO_NAMES: Readonly<Record<string, string>> = { x64: "amd64", ppc64: "ppc64le" };

/** The processor we run on, as Go calls it. */
export function goArchitecture(): string {
  return GO_NAMES[process.arch] ?? process.arch;
}

/** Whether the kernel is this version or a later one. */
export function kernelHas(major: number, minor: number): boolean {
  const [ours = 0, second = 0] = release().split(".").map(Number);
  return ours > major || (ours === major && second >= minor);
}
