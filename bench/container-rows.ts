import { type BenchRow, type Inputs, withBusybox } from "./rows.ts";
import type { Tool } from "./tools.ts";

/** What a log is made of: with its end 100 bytes. */
const LINE = "x".repeat(99);
const LOG_LINES = 1_000_000;

const removeAll = ({ call }: Tool) => `${call} rm -f $(${call} ps -aq) >/dev/null 2>&1 || true`;
const isThere = ({ call }: Tool, name: string) => `${call} inspect ${name} >/dev/null 2>&1`;

/** A container of this name that does nothing, started when there is none. */
const withIdle = (tool: Tool, inputs: Inputs) => [
  withBusybox(tool, inputs),
  `${isThere(tool, "idle")} || { ${removeAll(tool)}; ${tool.call} run -d --name idle busybox sleep 100000; }`,
];

const withHundred = (tool: Tool, inputs: Inputs) => [
  withBusybox(tool, inputs),
  `test "$(${tool.call} ps -aq | wc -l)" = 100 || { ${removeAll(tool)}
   for i in $(seq 100); do ${tool.call} create busybox true; done; }`,
];

const writesLog = `sh -c 'yes ${LINE} | head -n ${LOG_LINES}'`;

/** A container that has written 100 MB and ended. */
const withLog = (tool: Tool, inputs: Inputs) => [
  withBusybox(tool, inputs),
  `${isThere(tool, "writer")} || { ${removeAll(tool)}
   ${tool.call} run -d --name writer busybox ${writesLog}; ${tool.call} wait writer; }`,
];

/** Bytes of the processes that serve the container and are not its own, shared pages divided. */
const pssBeside = ({ call }: Tool) =>
  `for pid in $(pgrep -f "$(${call} inspect -f '{{.Id}}' idle)"); do
     awk '/^Pss:/ { print $2 * 1024 }' /proc/$pid/smaps_rollup
   done 2>/dev/null | awk '{ sum += $1 } END { print sum }'`;

/** What is done with containers rather than with images. */
export const containerRows: readonly BenchRow[] = [
  {
    name: "exec in a running container",
    runs: 15,
    before: withIdle,
    command: ({ call }) => `${call} exec idle true`,
  },
  {
    name: "memory beside a running container",
    runs: 1,
    before: withIdle,
    command: pssBeside,
    unit: "bytes",
  },
  {
    name: "ps, no container",
    runs: 15,
    before: (tool, inputs) => [withBusybox(tool, inputs), removeAll(tool)],
    command: ({ call }) => `${call} ps -a`,
  },
  {
    name: "ps, 100 containers",
    runs: 15,
    before: withHundred,
    command: ({ call }) => `${call} ps -a`,
  },
  {
    name: "50 containers started at once (bridge)",
    runs: 3,
    before: (tool, inputs) => [withBusybox(tool, inputs), removeAll(tool)],
    command: ({ call }) =>
      `for i in $(seq 50); do ${call} run -d busybox sleep 100000 & done; wait
       test "$(${call} ps -q | wc -l)" = 50`,
  },
  {
    name: "run that writes 100 MB of lines",
    runs: 3,
    before: (tool, inputs) => [withBusybox(tool, inputs), removeAll(tool)],
    command: ({ run }) => `${run} busybox ${writesLog} | wc -l | grep -qx ${LOG_LINES}`,
  },
  {
    name: "logs of 100 MB",
    runs: 3,
    before: withLog,
    command: ({ call }) => `${call} logs writer | wc -l | grep -qx ${LOG_LINES}`,
  },
  {
    name: "logs --tail 10 of 100 MB",
    runs: 5,
    before: withLog,
    command: ({ call }) => `${call} logs --tail 10 writer`,
  },
];
