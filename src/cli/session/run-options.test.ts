import { describe, expect, test } from "bun:test";
import { parseArguments } from "../flags/index.ts";
import { containerFlags } from "./container-flags.ts";
import { createOptionsOf } from "./run-options.ts";

const surroundings = {
  directory: "/here",
  terminal: { rows: 40, columns: 120 },
  variable: (name: string) => (name === "MINE" ? "yes" : undefined),
};

function optionsOf(...argv: string[]) {
  const parsed = parseArguments(argv, {
    path: "shale run",
    flags: containerFlags,
    interspersed: false,
  });
  return createOptionsOf(parsed.flags, parsed.args, surroundings);
}

describe("the command line of run", () => {
  test("leaves to the image what it does not say", () => {
    const { config, hostConfig, name } = optionsOf("box");
    expect(name).toBeUndefined();
    expect(config).toMatchObject({ Image: "box", Env: [], User: "", WorkingDir: "", Volumes: {} });
    expect(config).not.toHaveProperty("Cmd");
    expect(config).not.toHaveProperty("Entrypoint");
    expect(hostConfig).toMatchObject({ NetworkMode: "bridge", AutoRemove: false, Binds: [] });
    expect(hostConfig).not.toHaveProperty("ConsoleSize");
  });

  test("gives everything after the image to the command", () => {
    expect(optionsOf("--rm", "box", "ls", "--rm", "-l").config.Cmd).toEqual(["ls", "--rm", "-l"]);
    expect(optionsOf("--entrypoint", "", "box").config.Entrypoint).toEqual([""]);
  });

  test("looks up variables and splits labels", () => {
    const { config } = optionsOf(
      "-e",
      "MINE",
      "-e",
      "A=b=c",
      "-e",
      "GONE",
      "-l",
      "x=1=2",
      "-l",
      "y",
      "box",
    );
    expect(config.Env).toEqual(["MINE=yes", "A=b=c", "GONE"]);
    expect(config.Labels).toEqual({ x: "1=2", y: "" });
  });

  test("tells directories of the host from volumes without a name", () => {
    const { config, hostConfig } = optionsOf("-v", "./a:/b:ro", "-v", "..:/up", "-v", "/c", "box");
    expect(hostConfig?.Binds).toEqual(["/here/a:/b:ro", "/:/up"]);
    expect(config.Volumes).toEqual({ "/c": {} });
  });

  test("gives a terminal the size of ours", () => {
    expect(optionsOf("-it", "box").hostConfig?.ConsoleSize).toEqual([40, 120]);
  });

  test("takes Docker's older flags, which change nothing", () => {
    const older = ["--isolation", "default", "--kernel-memory", "9m", "--disable-content-trust"];
    expect(optionsOf(...older, "box")).toEqual(optionsOf("box"));
  });

  test("takes an empty text for none", () => {
    const { config, name } = optionsOf("-w", "", "--name", "", "box", "");
    expect(name).toBeUndefined();
    expect(config).toMatchObject({ WorkingDir: "", Cmd: [""] });
  });

  test.each([
    [["--env-file", "missing"], "open missing: no such file or directory"],
    [["--env-file", "/"], "read /: is a directory"],
    [["-l", "=x"], `invalid argument "=x" for "-l, --label" flag: invalid label '=x': empty name`],
    [["-e", "=x"], `invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x`],
    [["-v", ""], "invalid empty volume spec"],
    [["-v", ":/b"], "invalid spec: :/b: empty section between colons"],
    [["-v", "/a:/b:ro:x"], "invalid spec: /a:/b:ro:x: too many colons"],
  ])("refuses %j", (flags, message) => {
    expect(() => optionsOf(...flags, "box")).toThrow(message);
  });

  test("refuses a working directory that is not absolute", () => {
    expect(() => optionsOf("-w", "a/b", "box")).toThrow("it needs to be an absolute path");
  });
});
