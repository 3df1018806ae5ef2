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
};

async function resolveImage(name: string): Promise<BaseImage> {
  const config = IMAGES[name] ?? fail("not-found", `No such image: ${name}`);
  const history = [{ created: "2001-01-01T00:00:00Z", created_by: `base ${name}` }];
  const rootfs = { type: "layers", diff_ids: [] } as const;
  const image = { architecture: "amd64", os: "linux", config, rootfs, history };
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
