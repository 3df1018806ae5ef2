import { expect, test } from "bun:test";
import type { CopyOptions, ImagePlace } from "#image";
import { mediaTypes } from "#oci";
import { digestOfDigit } from "../testing/images.ts";
import { runCommand } from "../testing/run-command.ts";
import imageCopy from "./image-copy.ts";

const DIGEST = digestOfDigit("d");
const asked: unknown[] = [];
const images = {
  copy: async (from: ImagePlace, to: ImagePlace, options: CopyOptions = {}) => {
    const { onEvent, signal: _, ...rest } = options;
    asked.push([from, to, rest]);
    const blob = { digest: DIGEST, size: 3, how: "pushed" } as const;
    onEvent?.({ kind: "preparing", digest: DIGEST });
    onEvent?.({ kind: "sent", digest: DIGEST, blob });
    return { mediaType: mediaTypes.ociManifest, digest: DIGEST, size: 405 };
  },
};

test("says what it does and what came of it", async () => {
  const done = await runCommand(imageCopy, ["a:1", "oci:out:v1"], { images, directory: "/here" });
  const stdout = `dddddddddddd: Preparing\ndddddddddddd: Copied\ndigest: ${DIGEST} size: 405\n`;
  expect(done).toEqual({ code: 0, stdout, stderr: "" });
  expect(asked.at(-1)).toEqual([
    { kind: "registry", name: "a:1" },
    { kind: "oci", path: "/here/out", reference: "v1" },
    { all: false, referrers: false },
  ]);
});

test("passes on what is asked; with -q only the digest", async () => {
  const flags = ["-q", "--platform=linux/arm64", "--referrers", "--format=docker"];
  const done = await runCommand(imageCopy, [...flags, "store:a", "h:5/b"], { images });
  expect(done.stdout).toBe(`${DIGEST}\n`);
  const platform = { os: "linux", architecture: "arm64" };
  expect(asked.at(-1)).toEqual([
    { kind: "store", name: "a" },
    { kind: "registry", name: "h:5/b" },
    { all: false, referrers: true, format: "docker", platform },
  ]);
});
