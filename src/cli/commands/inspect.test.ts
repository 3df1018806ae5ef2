import { describe, expect, test } from "bun:test";
import type { ContainerInspect } from "#container";
import { fail } from "#errors";
import type { ImageInspect } from "#image";
import { runCommand } from "../testing/run-command.ts";
import containerInspect from "./container-inspect.ts";
import imageInspect from "./image-inspect.ts";
import inspect from "./inspect.ts";

const image = {
  Id: "sha256:aa",
  RepoTags: ["x:1"],
  Config: { Env: ["A=<b>"] },
  Size: 7,
  RootFS: { Type: "layers" },
} as unknown as ImageInspect;
const container = {
  ...{ Id: "cc", Name: "/c", Image: "sha256:aa", State: { Running: true } },
  Config: { Labels: {}, Cmd: null },
} as ContainerInspect;

const images = {
  inspect: async (name: string) =>
    name === "x" || name === "sha256:aa"
      ? image
      : fail("not-found", `No such image: ${name}:latest`),
};
const containers = {
  inspect: async (name: string, { size }: { size?: boolean } = {}) => {
    if (name !== "c") fail("not-found", `No such container: ${name}`);
    return size ? { ...container, SizeRw: 3, SizeRootFs: 10 } : container;
  },
};
const networks = {
  inspect: async (name: string) =>
    name === "n" ? { Name: "n", Id: "ee" } : fail("not-found", `network ${name} not found`),
};
const volumes = {
  inspect: async (name: string) =>
    name === "v" ? { Name: "v" } : fail("not-found", `get ${name}: no such volume`),
};

function look(...args: string[]) {
  return runCommand(inspect, args, { images, containers, networks, volumes } as never);
}

test("all that is there, then what is not", async () => {
  const { code, stdout, stderr } = await look("x", "nope", "c", "neither");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual([image, container]);
  expect(stdout).toStartWith(
    '[\n    {\n        "Id": "sha256:aa",\n        "RepoTags": [\n            "x:1"\n        ],\n',
  );
  expect(stdout).toContain('"A=<b>"');
  expect(stdout).toEndWith("    }\n]\n");
  expect(stderr).toBe("Error: No such object: nope\nError: No such object: neither\n");
});

test("nothing found is an empty array", async () => {
  expect(await look("nope")).toEqual({
    code: 1,
    stdout: "[]\n",
    stderr: "Error: No such object: nope\n",
  });
});

test("JSON on one line", async () => {
  expect((await look("-f", "json", "x")).stdout).toBe(`${JSON.stringify([image])}\n`);
});

describe("templates", () => {
  test.each([
    ["{{.Id}} {{json .Config.Env}}", ["x"], 'sha256:aa ["A=<b>"]\n'],
    ["{{.Id}}", ["c", "x"], "cc\nsha256:aa\n"],
    // Fields that Docker's types have and its JSON leaves out.
    ["{{.Config.Labels}} {{json .Config.Cmd}} {{.Variant}}", ["x"], "map[] null \n"],
    ["{{json .Config}}", ["x"], '{"Env":["A=<b>"]}\n'],
    ["{{if .State.Health}}sick{{else}}well{{end}} {{.SizeRw}}", ["c"], "well <nil>\n"],
  ])("%s", async (format, names, expected) => {
    expect(await look("-f", format, ...names)).toEqual({ code: 0, stdout: expected, stderr: "" });
  });

  test("a field that is nowhere", async () => {
    const { code, stdout, stderr } = await look("-f", "{{.Foo}}", "x");
    expect([code, stdout]).toEqual([1, "\n"]);
    expect(stderr).toContain('executing "" at <.Foo>: map has no entry for key "Foo"');
  });

  test("one that does not parse ends with 64", async () => {
    expect(await look("-f", "{{.Foo", "x")).toEqual({
      code: 64,
      stdout: "",
      stderr: "template parsing error: template: :1: unclosed action\n",
    });
  });
});

describe("--type", () => {
  test("an image, by the service's words", async () => {
    expect((await look("--type", "image", "c")).stderr).toBe("Error: No such image: c:latest\n");
  });
  test("a container", async () => {
    expect((await look("--type=container", "x")).stderr).toBe("Error: No such container: x\n");
  });
  test("a network and a volume", async () => {
    expect((await look("--type", "network", "-f", "{{.Id}}", "n")).stdout).toBe("ee\n");
    expect((await look("-f", "{{.Name}}", "v", "n")).stdout).toBe("v\nn\n");
    expect((await look("--type", "volume", "n")).stderr).toBe("Error: get n: no such volume\n");
  });
  test("another", async () => {
    expect(await look("--type", "bogus", "x")).toEqual({
      code: 1,
      stdout: "",
      stderr: 'unknown type: "bogus": must be one of "container", "image", "network", "volume"\n',
    });
  });
});

describe("--size", () => {
  test("of a container", async () => {
    const { stdout } = await look("-s", "-f", "{{.SizeRw}}/{{.SizeRootFs}}", "c");
    expect(stdout).toBe("3/10\n");
  });
  test("means nothing to an image", async () => {
    const { code, stderr } = await look("-s", "-f", "{{.Id}}", "x");
    expect([code, stderr]).toEqual([0, "WARNING: --size ignored for image\n"]);
  });
});

test("image inspect and container inspect look in one place", async () => {
  const format = ["-f", "{{.Id}}"];
  expect(await runCommand(imageInspect, [...format, "c", "x"], { images, containers })).toEqual({
    code: 1,
    stdout: "sha256:aa\n",
    stderr: "Error: No such image: c:latest\n",
  });
  expect(await runCommand(containerInspect, [...format, "c"], { images, containers })).toEqual({
    code: 0,
    stdout: "cc\n",
    stderr: "",
  });
});
