import { expect, test } from "bun:test";
import type { ProcessConfig } from "#oci";
import { changeConfig } from "./config-change.ts";

const BASE: ProcessConfig = {
  Env: ["PATH=/bin", "A=1"],
  Labels: { a: "b" },
  Shell: ["/bin/bash", "-c"],
};

test("each instruction changes its field", () => {
  const cases: [string, ProcessConfig][] = [
    ["CMD echo hi", { Cmd: ["/bin/bash", "-c", "echo hi"] }],
    ['ENTRYPOINT ["a", "b"]', { Entrypoint: ["a", "b"] }],
    ["ENV A=2 B=$A", { Env: ["PATH=/bin", "A=2", "B=1"] }],
    ["EXPOSE 80 53/udp", { ExposedPorts: { "53/udp": {}, "80/tcp": {} } }],
    ["LABEL c=d", { Labels: { a: "b", c: "d" } }],
    ["USER 1000:1000", { User: "1000:1000" }],
    ["VOLUME /data /logs", { Volumes: { "/data": {}, "/logs": {} } }],
    ["WORKDIR x/../y", { WorkingDir: "/y" }],
    ["STOPSIGNAL SIGINT", { StopSignal: "SIGINT" }],
    [
      "HEALTHCHECK --interval=5s --retries=2 CMD true",
      { Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 5e9, Retries: 2 } },
    ],
    ['SHELL ["/bin/ash", "-c"]', { Shell: ["/bin/ash", "-c"] }],
  ];
  for (const [text, fields] of cases)
    expect(changeConfig(BASE, [text])).toEqual({ ...BASE, ...fields });
});

test("what changes more than the config is refused", () => {
  for (const text of ["RUN x", "COPY a b", "ADD a b", "ARG a"])
    expect(() => changeConfig(BASE, [text])).toThrow("is not a valid change command");
  expect(() => changeConfig(BASE, ["EXPOSE http"])).toThrow("invalid port");
  expect(() => changeConfig(BASE, ["wrong"])).toThrow(/unknown instruction: wrong.*\n--change:1/);
});
