import { expect, test } from "bun:test";
import { digestOf } from "#oci";
import { renderTransfer } from "./live.ts";
import { Transfer } from "./transfer.ts";

const layers = ["a", "b", "c"].map((text, index) => ({
  ...{ digest: digestOf(text), size: 10e6, isHere: index === 0 },
}));
const [first, second, third] = layers.map(({ digest }) => digest.slice(7, 19));

function underWay(): Transfer {
  const transfer = new Transfer(layers);
  for (const [at, bytes] of [
    [0, 0],
    [1000, 2e6],
    [2000, 4e6],
  ] as const)
    transfer.add({ kind: "progress", layer: layers[1]!.digest, bytes }, at);
  return transfer;
}

test("each layer has a line, and all of it has its size, speed and time", () => {
  expect(renderTransfer(underWay(), 80, 24, 2000)).toEqual([
    `${first}: Already exists`,
    `${second}: Downloading  4MB/10MB`,
    `${third}: Pulling fs layer`,
    "4MB of 20MB, 2MB/s, 8 seconds left",
  ]);
  expect(renderTransfer(underWay(), 120, 24, 2000)[1]).toBe(
    `${second}: Downloading  [====================>${" ".repeat(29)}]  4MB/10MB`,
  );
});

test("where there is no room, what is done gives way", () => {
  expect(renderTransfer(underWay(), 80, 5, 2000)).toEqual([
    `${second}: Downloading  4MB/10MB`,
    `${third}: Pulling fs layer`,
    "4MB of 20MB, 2MB/s, 8 seconds left",
  ]);
});
