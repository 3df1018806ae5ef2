import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDockerfile } from "#dockerfile";
import { fail, messageOf } from "#errors";
import { type Digest, digestOf } from "#oci";
import type { BaseImage, CopySource, Operation, Plan, Stage } from "../plan.ts";
import type { BuildArgs } from "./build-args.ts";
import { compile } from "./compile.ts";

const CASES = join(import.meta.dir, "..", "testdata", "compile");

/** The images that the cases start from. */
const IMAGES: Readonly<Record<string, BaseImage["config"]["config"]>> = {
  base: { Env: ["PATH=/own/bin"], Cmd: ["inherited"], Labels: { of: "base" }, WorkingDir: "/w" },
  "image:2.0": { Env: ["LANG=C"], Cmd: ["sh"] },
  "some/image:tag": {},
  parent: {
    OnBuild: ["COPY --from=other /x /x", 'RUN echo "from parent"', "ENV T=1"],
    Entrypoint: ["/parent"],
  },
  other: {},
  foreign: {},
};

async function resolveImage(name: string): Promise<BaseImage> {
  const config = IMAGES[name] ?? fail("not-found", `No such image: ${name}`);
  const history = [{ created: "2001-01-01T00:00:00Z", created_by: `base ${name}` }];
  const rootfs = { type: "layers", diff_ids: [] } as const;
  const architecture = name === "foreign" ? "arm64" : "amd64";
  const image = { architecture, os: "linux", config, rootfs, history };
  return { id: digestOf(name), config: image };
}

async function compileText(text: string, args: BuildArgs = {}, target?: string) {
  const warnings: string[] = [];
  const plan = await compile({
    dockerfile: parseDockerfile(text),
    target,
    args,
    labels: {},
    platform: { os: "linux", architecture: "amd64" },
    resolveImage,
    warn: (message, line) => warnings.push(line === undefined ? message : `${line}: ${message}`),
  });
  return { plan, warnings };
}

const GIVEN = { GIVEN: "given", VERSION: "2.0", NEVER: "declared", HTTP_PROXY: "http://proxy" };

describe("the golden cases", () => {
  test.each(readdirSync(CASES))("%s", async (name) => {
    const text = readFileSync(join(CASES, name, "Dockerfile"), "utf8");
    const { plan, warnings } = await compileText(text, name === "arguments" ? GIVEN : {});
    const made = `${JSON.stringify({ ...shown(plan), warnings }, null, 2)}\n`;
    const golden = join(CASES, name, "plan.golden.json");
    if (process.env.SHALE_UPDATE_GOLDEN === "1" || !existsSync(golden)) writeFileSync(golden, made);
    expect(made).toBe(readFileSync(golden, "utf8"));
  });
});

describe("what cannot be compiled", () => {
  test.each([
    [
      "FROM scratch\nRUN --mount=type=cache,target=/x true\n",
      "RUN --mount is not supported yet (line 2)",
    ],
    ["FROM scratch\nRUN --network=host true\n", "RUN --network is not supported yet (line 2)"],
    [
      "FROM scratch\nRUN --security=insecure true\n",
      "RUN --security is not supported yet (line 2)",
    ],
    ["FROM scratch\nCOPY --parents a b /\n", "COPY --parents is not supported yet (line 2)"],
    ["FROM scratch\nADD https://host/repo.git /\n", "ADD of a git repository is not supported yet"],
    ["FROM --platform=linux/s390x scratch\n", "--platform=linux/s390x is not supported yet"],
    ["# syntax=example/own:1\nFROM scratch\n", "frontend example/own:1 is not supported"],
    ["FROM scratch\nCOPY http://host/x /\n", "source can't be a URL for COPY"],
    ["FROM scratch AS a\nCOPY --from=b /x /\nFROM scratch AS b\n", 'cannot copy from stage "b"'],
    ["FROM nothing\n", "No such image: nothing\nDockerfile:1\n"],
    ["FROM scratch\nEXPOSE 70000\n", "invalid containerPort: 70000"],
    ["FROM scratch\nSTOPSIGNAL SIGNOTHING\n", "SIGNOTHING"],
  ])("%j", async (text, message) => {
    const target = text.includes("COPY --from=b") ? "a" : undefined;
    const error = await compileText(text, {}, target).then(() => "", messageOf);
    expect(error).toContain(message);
  });

  test("the message quotes the line", async () => {
    const error = await compileText("FROM scratch\nVOLUME $NONE\n").then(() => "", messageOf);
    expect(error).toContain("VOLUME specified can not be an empty string");
    expect(error).toContain("   2 | >>> VOLUME $NONE");
  });

  test("the place is the innermost one", async () => {
    const error = await compileText("FROM scratch AS a\nVOLUME $NO\nFROM a\n").then(
      () => "",
      messageOf,
    );
    expect(error.split("Dockerfile:")).toHaveLength(2);
    expect(error).toContain("Dockerfile:2");
  });

  test("any version of the built-in language is welcome", async () => {
    for (const syntax of ["docker/dockerfile:1", "docker.io/docker/dockerfile:1.7-labs"])
      await compileText(`# syntax=${syntax}\nFROM scratch\n`);
  });
});

test("a stage that continues another leaves it as it was", async () => {
  const { plan } = await compileText(
    "FROM base AS a\nENV X=1\nLABEL l=1\nEXPOSE 1\nVOLUME /1\n" +
      "FROM a AS b\nENV X=2 PATH=/p\nLABEL l=2\nEXPOSE 2\nVOLUME /2\nONBUILD RUN x\n" +
      "FROM base\nCOPY --from=a / /\nCOPY --from=b / /\n",
  );
  const [a, b] = plan.stages.map(({ draft }) => draft.config);
  expect(a).toEqual({
    ...{ Env: ["PATH=/own/bin", "X=1"], Labels: { of: "base", l: "1" }, Cmd: ["inherited"] },
    ...{ ExposedPorts: { "1/tcp": {} }, Volumes: { "/1": {} }, WorkingDir: "/w" },
  });
  expect(b).toMatchObject({ Env: ["PATH=/p", "X=2"], Labels: { l: "2" }, OnBuild: ["RUN x"] });
  expect(IMAGES.base?.Labels).toEqual({ of: "base" });
});

test("a base image for another platform is warned of", async () => {
  const { plan, warnings } = await compileText(
    "FROM scratch AS a\n\nFROM foreign\nCOPY --from=a / /\n",
  );
  expect(warnings).toEqual([
    '3: InvalidBaseImagePlatform: Base image foreign was pulled with platform "linux/arm64", expected "linux/amd64" for current build',
  ]);
  expect(plan.target.draft.base.architecture).toBe("arm64");
});

test("a name is never more than a name", async () => {
  const { plan } = await compileText("FROM scratch\nLABEL __proto__=x\nVOLUME __proto__\n");
  const { Labels, Volumes } = plan.target.draft.config;
  expect([Object.entries(Labels!), Object.keys(Volumes!)]).toEqual([
    [["__proto__", "x"]],
    ["__proto__"],
  ]);
});

test("tens of thousands of lines are no more than that", async () => {
  const count = 15_000;
  const lines = Array.from({ length: count }, (_, index) => {
    const name = `k${index}`;
    return `ENV ${name}=1\nARG a${name}=1\nLABEL ${name}=1\nVOLUME /${name}\n`;
  });
  const { plan } = await compileText(`FROM scratch\n${lines.join("")}`);
  const { config, history } = plan.target.draft;
  expect(history).toHaveLength(4 * count);
  expect(config.Env).toHaveLength(count + 1);
  expect(Object.keys(config.Labels!)).toHaveLength(count);
});

/** A plan as plain data: stages by their number. */
function shown({ stages, target }: Plan): object {
  const numbers = new Map(stages.map((stage, index) => [stage, index]));
  const stageOf = (stage: Stage): object => {
    const { author, config, history } = stage.draft;
    return {
      base: stage.base.kind === "stage" ? numbers.get(stage.base.stage) : nameOf(stage.base),
      ...(stage.title && { title: stage.title }),
      ...(author && { author }),
      config,
      history: history.map(({ createdBy, layer }) => (layer ? `* ${createdBy}` : createdBy)),
      steps: stage.steps.map(({ title, operation }) => ({ title, ...plain(operation, numbers) })),
    };
  };
  return { target: numbers.get(target), stages: stages.map(stageOf) };
}

function plain(operation: Operation, numbers: ReadonlyMap<Stage, number>): object {
  if (operation.kind !== "copy") return operation;
  const { from, ...rest } = operation;
  const source = from.kind === "stage" ? numbers.get(from.stage) : nameOf(from);
  return { ...rest, from: source };
}

function nameOf(source: Stage["base"] | CopySource): string {
  if (source.kind !== "image") return source.kind;
  const ids = Object.keys(IMAGES).map((name): [Digest, string] => [digestOf(name), name]);
  return new Map(ids).get(source.image.id) ?? "?";
}
