import { describe, expect, test } from "bun:test";
import type { CachePruneOptions, ImagePruneOptions } from "#image";
import { digestOfDigit } from "../testing/images.ts";
import { runCommand } from "../testing/run-command.ts";
import builderPrune from "./builder-prune.ts";
import imagePrune from "./image-prune.ts";

const id = digestOfDigit("a");

describe("image prune", () => {
  function prune(isEmpty: boolean, ...args: string[]) {
    const asked: (ImagePruneOptions | undefined)[] = [];
    const images = {
      async prune(options?: ImagePruneOptions) {
        asked.push(options);
        const removals = isEmpty ? [] : [{ untagged: "a:1" }, { deleted: id }];
        return { removals, reclaimed: isEmpty ? 0 : 1_982_256 };
      },
    };
    return runCommand(imagePrune, args, { images }).then((outcome) => ({ ...outcome, asked }));
  }

  test("lists what went", async () => {
    expect(await prune(false, "-f")).toEqual({
      code: 0,
      stdout: `Deleted Images:\nuntagged: a:1\ndeleted: ${id}\n\nTotal reclaimed space: 1.982MB\n`,
      stderr: "",
      asked: [{ all: false }],
    });
  });

  test("with nothing to remove, and filters", async () => {
    const { stdout, asked } = await prune(true, "-af", "--filter", "until=24h");
    expect(stdout).toBe("Total reclaimed space: 0B\n");
    expect(asked).toEqual([{ all: true, filters: { until: ["24h"] } }]);
  });
});

describe("builder prune", () => {
  function prune(...args: string[]) {
    const asked: (CachePruneOptions | undefined)[] = [];
    const images = {
      async pruneCache(options?: CachePruneOptions) {
        asked.push(options);
        return { records: [id], reclaimed: 5 };
      },
    };
    return runCommand(builderPrune, args, { images }).then((outcome) => ({ ...outcome, asked }));
  }

  test("lists what went", async () => {
    expect(await prune("-f")).toEqual({
      code: 0,
      stdout: `Deleted build cache objects:\n${"a".repeat(64)}\n\nTotal reclaimed space: 5B\n`,
      stderr: "",
      asked: [{ all: false }],
    });
  });

  test.each(["--keep-storage", "--reserved-space"])("%s", async (flag) => {
    const { asked } = await prune("-a", "-f", flag, "1gb", "--filter", "id=x");
    expect(asked).toEqual([{ all: true, filters: { id: ["x"] }, keep: 2 ** 30 }]);
  });
});
