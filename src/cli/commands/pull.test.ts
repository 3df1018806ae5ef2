import { describe, expect, test } from "bun:test";
import { fail } from "#errors";
import type { ImageService, PullEvent, PullOptions } from "#image";
import { digestOf } from "#oci";
import { runCommand } from "../testing/run-command.ts";
import pull from "./pull.ts";

const layers = ["a", "b"].map((text, index) => ({
  ...{ digest: digestOf(text), size: 1000 * (index + 1), isHere: index === 0 },
}));
const image = {
  ...{ id: digestOf("id"), name: "docker.io/library/app:latest" },
  ...{ digest: digestOf("manifest"), isNewer: true },
};
const short = layers.map(({ digest }) => digest.slice(7, 19));

function service(isNewer = true): Pick<ImageService, "pull"> & { readonly asked: PullOptions[] } {
  const asked: PullOptions[] = [];
  const events: PullEvent[] = [
    { kind: "begin", reference: "latest", repository: "library/app" },
    { kind: "plan", layers },
    { kind: "waiting", layer: layers[1]!.digest },
    { kind: "progress", layer: layers[1]!.digest, bytes: 700 },
    { kind: "complete", layer: layers[1]!.digest },
    { kind: "pulled", image },
  ];
  return {
    asked,
    async pull(_, options = {}) {
      asked.push(options);
      for (const event of events) options.onEvent?.(event);
      return [{ ...image, isNewer }];
    },
  };
}

describe("pull", () => {
  test("says what docker says, and the plan", async () => {
    const { code, stdout } = await runCommand(pull, ["app"], { images: service() });
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "Using default tag: latest",
      "latest: Pulling from library/app",
      "1 of 2 layers are here, 2kB to fetch",
      `${short[0]}: Already exists`,
      `${short[1]}: Pulling fs layer`,
      `${short[1]}: Waiting for another pull`,
      `${short[1]}: Pull complete`,
      `Digest: ${image.digest}`,
      "Status: Downloaded newer image for app:latest",
      "docker.io/library/app:latest",
      "",
    ]);
  });

  test("says so when there was nothing to do, and only the name when quiet", async () => {
    const current = await runCommand(pull, ["app:latest"], { images: service(false) });
    expect(current.stdout).toContain("Status: Image is up to date for app:latest\n");
    expect(current.stdout).not.toContain("Using default tag");
    const quiet = service();
    const { stdout } = await runCommand(pull, ["-q", "app"], { images: quiet });
    expect(stdout).toBe("docker.io/library/app:latest\n");
    expect(quiet.asked[0]!.onEvent).toBeUndefined();
  });

  test("hands on the platform and all tags, which go with no tag", async () => {
    const images = service();
    const { stdout } = await runCommand(pull, ["-a", "--platform", "linux/arm64", "me/app"], {
      images,
    });
    expect(images.asked[0]).toMatchObject({
      all: true,
      platform: { os: "linux", architecture: "arm64" },
    });
    expect(stdout).toEndWith("for me/app\ndocker.io/me/app\n");
    expect(await runCommand(pull, ["-a", "app:1"], { images })).toMatchObject({
      code: 1,
      stderr: "tag can't be used with --all-tags/-a\n",
    });
  });

  test("says what may have been meant by a name that is nowhere", async () => {
    const images = {
      pull: async () => fail("not-found", "manifest for r.io/apq:latest not found"),
      list: async () => [],
    };
    const remote = {
      async *catalog() {
        yield "app";
      },
    };
    const { stderr } = await runCommand(pull, ["r.io/apq"], { images, remote });
    expect(stderr).toEndWith("not found (did you mean r.io/app?)\n");
  });

  test("takes docker's --disable-content-trust, which signatures are not checked without", async () => {
    const images = service();
    const flag = "--disable-content-trust";
    expect((await runCommand(pull, [flag, "app"], { images })).code).toBe(0);
    expect((await runCommand(pull, [`${flag}=false`, "app"], { images })).code).toBe(1);
    expect(images.asked).toHaveLength(1);
  });

  test("draws on a terminal, and leaves what was drawn", async () => {
    const { stdout } = await runCommand(pull, ["app"], { images: service(), isTerminal: true });
    expect(stdout).toContain(`${short[1]}: Pull complete`);
    expect(stdout.indexOf("Pull complete")).toBeLessThan(stdout.indexOf("Digest:"));
  });

  test("fails with what went wrong", async () => {
    const images = { pull: async () => fail("unavailable", "connection refused") };
    expect(await runCommand(pull, ["app"], { images })).toMatchObject({
      code: 1,
      stderr: "Error: connection refused\n",
    });
  });
});
