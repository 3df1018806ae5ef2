// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the syntax of Dockerfiles.
import { describe, expect, test } from "bun:test";
import {
  expandInstruction,
  type Instruction,
  type ParseOptions,
  parseDockerfile,
  runScript,
  type VariableTrace,
} from "../index.ts";

const env = new Map([
  ["DIR", "/srv"],
  ["PORTS", "80 443/tcp"],
  ["NAME", "app"],
  ["NULL", ""],
]);

function parseOne(line: string, options?: ParseOptions): Instruction {
  return parseDockerfile(`FROM scratch\n${line}\n`, options).stages[0]!.instructions[0]!;
}

describe("expandInstruction", () => {
  const cases: [line: string, fields: object][] = [
    [
      "ENV A=$DIR B='$DIR' $NAME=x",
      { pairs: [pair("A", "/srv"), pair("B", "$DIR"), pair("app", "x")] },
    ],
    ['ENV WELCOME "You are in, $NAME!"', { pairs: [pair("WELCOME", "You are in, app!", true)] }],
    ['LABEL a.$NAME="$DIR x"', { pairs: [pair("a.app", "/srv x")] }],
    ["ARG A=$DIR B", { args: [{ key: "A", value: "/srv" }, { key: "B" }] }],
    ["WORKDIR ${DIR}/$NAME", { path: "/srv/app" }],
    ["USER $NAME", { user: "app" }],
    ["STOPSIGNAL ${NONE:-SIGINT}", { signal: "SIGINT" }],
    ["EXPOSE $PORTS 22", { ports: ["80", "443/tcp", "22"] }],
    ['VOLUME ["$DIR", "/x"]', { paths: ["/srv", "/x"] }],
    [
      "COPY --chown=$NAME --chmod=${M:-755} --exclude=$NAME/* $DIR/a b $DIR/",
      {
        sources: ["/srv/a", "b"],
        destination: "/srv/",
        chown: "app",
        chmod: "755",
        excludes: ["app/*"],
      },
    ],
    [
      "ADD --checksum=sha256:$NAME https://x/$NAME /",
      { sources: ["https://x/app"], checksum: "sha256:app" },
    ],
    [
      "COPY <<EOF <<'RAW' $DIR\n'$NAME' \\$NAME\nEOF\n$NAME\nRAW",
      {
        inlineFiles: [
          { name: "EOF", content: "'app' $NAME\n", expand: true },
          { name: "RAW", content: "$NAME\n", expand: false },
        ],
        destination: "/srv",
      },
    ],
    [
      "RUN --mount=type=cache,target=$DIR,uid=${ID:-7} echo $DIR",
      {
        mounts: [{ type: "cache", target: "/srv", sharing: "shared", readonly: false, uid: 7 }],
        command: { form: "shell", args: ["echo $DIR"] },
      },
    ],
    ["CMD echo $DIR", { command: { form: "shell", args: ["echo $DIR"] } }],
    ['ENTRYPOINT ["$DIR"]', { command: { form: "exec", args: ["$DIR"] } }],
    ["HEALTHCHECK CMD $DIR/x", { test: ["CMD-SHELL", "$DIR/x"] }],
    ["ONBUILD WORKDIR $DIR", { expression: "WORKDIR $DIR" }],
    ['SHELL ["$DIR"]', { shell: ["$DIR"] }],
  ];
  for (const [line, fields] of cases)
    test(line.split("\n")[0]!, () => {
      expect(expandInstruction(parseOne(line), env)).toMatchObject(fields);
    });

  test("the instruction it was given stays as it is", () => {
    const instruction = parseOne("WORKDIR $DIR");
    expandInstruction(instruction, env);
    expect(instruction).toMatchObject({ path: "$DIR" });
  });

  test("FROM needs a base and a platform that are not empty", () => {
    const { from } = parseDockerfile("FROM --platform=$P debian:${V:-12}\n").stages[0]!;
    expect(expandInstruction(from, new Map([["P", "linux/arm64"]]))).toMatchObject({
      base: "debian:12",
      platform: "linux/arm64",
    });
    expect(() => expandInstruction(from, new Map())).toThrow("empty platform value");
    const blank = parseDockerfile("FROM $NONE\n").stages[0]!.from;
    expect(() => expandInstruction(blank, new Map())).toThrow(
      "base name ($NONE) should not be blank",
    );
  });

  test("the escape character and the trace reach every word", () => {
    const trace: VariableTrace = { used: new Set(), unset: new Set() };
    const instruction = parseDockerfile("# escape=`\nFROM a\nENV A=`$DIR B=$NAME C=$NONE\n")
      .stages[0]!.instructions[0]!;
    expect(expandInstruction(instruction, env, { escape: "`", trace })).toMatchObject({
      pairs: [pair("A", "$DIR"), pair("B", "app"), pair("C", "")],
    });
    expect([[...trace.used], [...trace.unset]]).toEqual([["NAME"], ["NONE"]]);
  });

  test("a mount that is only wrong once expanded is refused then", () => {
    const run = parseOne("RUN --mount=type=cache,target=/x,uid=$NAME true");
    expect(() => expandInstruction(run, env)).toThrow("invalid value app for uid");
  });
});

describe("runScript", () => {
  const scripts: [line: string, script: object][] = [
    ["RUN echo a", { form: "shell", script: "echo a" }],
    ["RUN", { form: "shell", script: "" }],
    ['RUN ["a", "b"]', { form: "exec", args: ["a", "b"] }],
    ["RUN <<EOF\na\nb\nEOF", { form: "shell", script: "a\nb\n" }],
    ["RUN <<-EOF\n\ta\n\t\tb\n\tEOF", { form: "shell", script: "a\nb\n" }],
    ["RUN <<X\n#!/bin/x\nX", { form: "file", name: "X", content: "#!/bin/x\n" }],
    ["RUN <<-X sh\n\ta\n\tX", { form: "shell", script: "<<-X sh\n\ta\nX" }],
    ["RUN cat <<A <<B\na\nA\nb\nB", { form: "shell", script: "cat <<A <<B\na\nA\nb\nB" }],
  ];
  for (const [line, script] of scripts)
    test(JSON.stringify(line), () => {
      const run = parseOne(line);
      if (run.kind !== "run") throw new Error("not a RUN");
      expect(runScript(run)).toEqual(script as ReturnType<typeof runScript>);
    });
});

function pair(key: string, value: string, legacy = false): object {
  return { key, value, legacy };
}
