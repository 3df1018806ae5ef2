import { describe, expect, test } from "bun:test";
import type { ProcessConfig } from "#oci";
import {
  applyEnvironment,
  baseEnvironment,
  type ContainerConfig,
  commandLine,
  mergeConfig,
} from "./container-config.ts";

const image = {
  Entrypoint: ["/entry"],
  Cmd: ["serve"],
  Env: ["PATH=/bin", "A=1"],
  User: "app",
  WorkingDir: "/srv",
  Labels: { one: "1", two: "2" },
  Volumes: { "/data": {} },
  OnBuild: ["RUN later"],
};
const asked = { Image: "x" };
const argvOf = (user: Partial<ContainerConfig>, from: ProcessConfig = image) =>
  commandLine(mergeConfig({ ...asked, ...user }, from));

describe("what runs, by Docker's rules", () => {
  test("is the image's entrypoint and command, or the user's command after the entrypoint", () => {
    expect(argvOf({})).toEqual(["/entry", "serve"]);
    expect(argvOf({ Cmd: ["test"] })).toEqual(["/entry", "test"]);
  });

  test("drops the image's command with its entrypoint", () => {
    expect(argvOf({ Entrypoint: ["/bin/sh"] })).toEqual(["/bin/sh"]);
    expect(argvOf({ Entrypoint: ["/bin/sh"], Cmd: ["-c", "x"] })).toEqual(["/bin/sh", "-c", "x"]);
    expect(argvOf({ Entrypoint: [""], Cmd: ["ls"] })).toEqual(["ls"]);
    expect(() => argvOf({ Entrypoint: [""] })).toThrow("no command specified");
    expect(() => argvOf({}, {})).toThrow("no command specified");
  });

  test("has the user's settings before the image's", () => {
    const merged = mergeConfig(
      { ...asked, Env: ["A=2", "B=3"], Labels: { two: "zwei" }, Volumes: { "/v": {} }, User: "" },
      image,
    );
    expect(merged.Env).toEqual(["A=2", "B=3", "PATH=/bin"]);
    expect(merged.Labels).toEqual({ one: "1", two: "zwei" });
    expect(merged.Volumes).toEqual({ "/data": {}, "/v": {} });
    expect(merged).not.toHaveProperty("OnBuild");
    expect(merged).toMatchObject({ User: "app", WorkingDir: "/srv", Image: "x" });
  });
});

test("a process's environment starts from Docker's own and loses names without a value", () => {
  const own = baseEnvironment("box", true);
  expect(applyEnvironment(own, ["A=1", "PATH=/opt", "TERM"])).toEqual([
    "PATH=/opt",
    "HOSTNAME=box",
    "A=1",
  ]);
  expect(applyEnvironment(baseEnvironment("box", false), ["E="]).at(-1)).toBe("E=");
});
