import type { Tool } from "./tools.ts";

/** What a row needs: inputs that are the same for every tool. */
export interface Inputs {
  readonly debian: string;
  readonly steps: string;
  readonly nodeApp: string;
  readonly scratch: string;
}

/** One line of the table: what is done before each turn (not timed), and what is timed. */
export interface BenchRow {
  readonly name: string;
  readonly runs: number;
  readonly tools?: readonly string[];
  readonly before?: (tool: Tool, inputs: Inputs) => string;
  readonly command: (tool: Tool, inputs: Inputs) => string | undefined;
}

const forget = (tool: Tool) => (tool.name === "shale" ? `${tool.call} builder prune -af` : "");

/** Leaves no image and no layer, which docker's and podman's build caches would keep. */
const empty = (tool: Tool) =>
  tool.name === "shale"
    ? `${tool.call} image prune -af; ${forget(tool)}`
    : `${tool.call} system prune -af`;

/** The image with the many files, made if no earlier row has. */
const withApp = (tool: Tool, { nodeApp }: Inputs) =>
  `test -n "$(${tool.call} images -q app)" || ${tool.build} -t app ${nodeApp}`;
const notBuildah = (tool: Tool, command: string) => (tool.name === "buildah" ? undefined : command);
const classic = (tool: Tool) => tool.name !== "buildkit";

export const rows: readonly BenchRow[] = [
  {
    name: "--version",
    runs: 15,
    command: (tool) => (classic(tool) ? tool.version : undefined),
  },
  {
    name: "images",
    runs: 15,
    command: (tool) => (classic(tool) ? `${tool.call} images` : undefined),
  },
  {
    name: "import of a Debian base, 170 MB",
    runs: 3,
    command: (tool, { debian }) =>
      classic(tool) && tool.name !== "buildah" ? tool.import(debian, "imported") : undefined,
  },
  {
    name: "cold build, 8 RUN steps",
    runs: 3,
    before: forget,
    command: (tool, { steps }) => `${tool.build} --no-cache -t steps ${steps}`,
  },
  {
    name: "no-op rebuild of it",
    runs: 9,
    before: (tool, { steps }) => `${tool.build} -t steps ${steps}`,
    command: (tool, { steps }) => `${tool.build} -t steps ${steps}`,
  },
  {
    name: "COPY of 50,000 files, 300 MB, cold",
    runs: 1,
    command: (tool, { nodeApp }) => `${tool.build} --no-cache -t app ${nodeApp}`,
  },
  {
    name: "its no-op rebuild",
    runs: 1,
    before: withApp,
    command: (tool, { nodeApp }) => `${tool.build} -t app ${nodeApp}`,
  },
  {
    name: "the same, one file changed",
    runs: 1,
    before: (tool, inputs) =>
      `${withApp(tool, inputs)}; date +%N > ${inputs.nodeApp}/index.js; sleep 0.1`,
    command: (tool, { nodeApp }) => `${tool.build} -t app ${nodeApp}`,
  },
  {
    name: "save of that image",
    runs: 1,
    before: (tool, inputs) => `${withApp(tool, inputs)}; rm -f ${inputs.scratch}/saved.tar`,
    command: (tool, { scratch }) =>
      notBuildah(tool, classic(tool) ? `${tool.call} save -o ${scratch}/saved.tar app` : "") ||
      undefined,
  },
  {
    name: "run --rm --network none busybox true",
    runs: 9,
    command: (tool) =>
      notBuildah(tool, classic(tool) ? `${tool.run} --network none busybox true` : "") || undefined,
  },
  {
    name: "run --rm busybox true (bridge)",
    runs: 9,
    command: (tool) =>
      notBuildah(tool, classic(tool) ? `${tool.run} busybox true` : "") || undefined,
  },
  // These are last: they take away what the others stand on.
  {
    name: "load of it into an empty store",
    runs: 1,
    before: (tool, inputs) => {
      const archive = `${inputs.scratch}/saved.tar`;
      const save = `rm -f ${archive}; ${tool.call} save -o ${archive} app`;
      return `${withApp(tool, inputs)}; ${save}; ${empty(tool)}`;
    },
    command: (tool, { scratch }) =>
      notBuildah(tool, classic(tool) ? `${tool.call} load -i ${scratch}/saved.tar` : "") ||
      undefined,
  },
  {
    name: "import and first run in it",
    runs: 3,
    before: (tool) =>
      tool.name === "shale"
        ? `${tool.call} rmi -f imported debian >/dev/null; ${tool.call} builder prune -af`
        : "",
    command: (tool, { debian }) =>
      classic(tool) && tool.name !== "buildah"
        ? `${tool.import(debian, "imported")} && ${tool.run} --network none imported true`
        : undefined,
  },
];
