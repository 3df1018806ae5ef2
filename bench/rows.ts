import type { Tool } from "./tools.ts";

/** What a row needs: inputs that are the same for every tool, made when they are first needed. */
export interface Inputs {
  readonly debian: string;
  readonly busybox: string;
  readonly steps: string;
  readonly nodeApp: string;
  readonly scratch: string;
  /** A tar of one file of 1 GB that no compression makes smaller. */
  readonly large: string;
  /** A docker-registry that has `debian` and `large`, their layers in gzip. */
  readonly registry: string;
  /** A shell command after which another docker-registry has nothing, and its address. */
  readonly emptyRegistry: { readonly host: string; readonly empty: string };
}

type Command = (tool: Tool, inputs: Inputs) => string;

/** One line of the table: what is done before each turn (not timed), and what is timed. */
export interface BenchRow {
  readonly name: string;
  /** Most turns of each tool. */
  readonly runs: number;
  /** What some tools do in several ways, or some do not do at all. */
  readonly about?: "builds" | "copies";
  readonly before?: (tool: Tool, inputs: Inputs) => readonly string[];
  readonly command: Command;
  /** The result is the number that the command prints, not its time. */
  readonly unit?: "bytes";
  /** What no tool can do without: timed after each turn, for lines of its own. */
  readonly floor?: { readonly name: string; readonly command: Command };
}

const app = (tool: Tool) => `app-${tool.name}`;
const archive = (tool: Tool, { scratch }: Inputs) => `'${scratch}/${tool.name}.tar'`;
const runIn = (tool: Tool, image: string) => `${tool.run} --network none ${image} true`;
const buildApp: Command = (tool, { nodeApp }) => `${tool.build} -t ${app(tool)} '${nodeApp}'`;
const buildSteps: Command = (tool, { steps }) => `${tool.build} -t steps '${steps}'`;
const save: Command = (tool, inputs) =>
  `${tool.call} save -o ${archive(tool, inputs)} ${app(tool)}`;
const load: Command = (tool, inputs) => `${tool.call} load -i ${archive(tool, inputs)}`;
const diskUsed = (tool: Tool) => `du -xs --block-size=1 ${tool.store}`;

const unlessThere = (tool: Tool, image: string, make: string) =>
  `test -n "$(${tool.call} images -q ${image})" || ${make}`;
export const withBusybox: Command = (tool, { busybox }) =>
  unlessThere(tool, "busybox", tool.import(busybox, "busybox"));
const withBase: Command = (tool, { debian }) =>
  unlessThere(tool, "debian", tool.import(debian, "debian"));

/** The image with the many files, and what it stands on. */
const withApp = (tool: Tool, inputs: Inputs) => [
  withBase(tool, inputs),
  unlessThere(tool, app(tool), buildApp(tool, inputs)),
];

/** That image saved, and a store in which nothing is. */
const withArchiveOnly = (tool: Tool, inputs: Inputs) => [
  `test -s ${archive(tool, inputs)} || { ${[...withApp(tool, inputs), save(tool, inputs)].join("\n")}\n}`,
  tool.empty,
];

const buildEverything = (tool: Tool, inputs: Inputs) => [
  tool.empty,
  tool.import(inputs.debian, "debian"),
  buildApp(tool, inputs),
];

export const rows: readonly BenchRow[] = [
  {
    name: "--version",
    runs: 15,
    command: (tool) => tool.version,
  },
  {
    name: "images",
    runs: 15,
    before: (tool, inputs) => [withBase(tool, inputs), withBusybox(tool, inputs)],
    command: (tool) => `${tool.call} images`,
  },
  {
    name: "cold build, 8 RUN steps",
    runs: 3,
    about: "builds",
    before: (tool, inputs) => [tool.forget, withBase(tool, inputs)],
    command: (tool, { steps }) => `${tool.build} --no-cache -t steps '${steps}'`,
  },
  {
    name: "no-op rebuild of it",
    runs: 9,
    about: "builds",
    before: (tool, inputs) => [withBase(tool, inputs), buildSteps(tool, inputs)],
    command: buildSteps,
  },
  {
    name: "run --rm --network none busybox true",
    runs: 9,
    before: (tool, inputs) => [withBusybox(tool, inputs)],
    command: (tool) => runIn(tool, "busybox"),
  },
  {
    name: "run --rm busybox true (bridge)",
    runs: 9,
    before: (tool, inputs) => [withBusybox(tool, inputs)],
    command: (tool) => `${tool.run} busybox true`,
  },
  {
    name: "import of a Debian base, 170 MB",
    runs: 3,
    before: (tool) => [tool.empty],
    command: (tool, { debian }) => tool.import(debian, "debian"),
  },
  {
    name: "import and first run in it",
    runs: 3,
    before: (tool) => [tool.empty],
    command: (tool, { debian }) => `${tool.import(debian, "debian")}\n${runIn(tool, "debian")}`,
  },
  {
    name: "COPY of 51,000 files, 315 MB, cold",
    runs: 3,
    about: "builds",
    before: (tool, inputs) => [tool.forget, withBase(tool, inputs)],
    command: (tool, { nodeApp }) => `${tool.build} --no-cache -t ${app(tool)} '${nodeApp}'`,
  },
  {
    name: "COPY of 51,000 files, no-op rebuild",
    runs: 5,
    about: "builds",
    before: withApp,
    command: buildApp,
  },
  {
    name: "COPY of 51,000 files, one file changed",
    runs: 3,
    about: "builds",
    before: (tool, inputs) => [
      ...withApp(tool, inputs),
      `date +%N > '${inputs.nodeApp}/index.js'; sleep 0.1`,
    ],
    command: buildApp,
  },
  {
    name: "save of that image",
    runs: 3,
    before: (tool, inputs) => [...withApp(tool, inputs), `rm -f ${archive(tool, inputs)}`],
    command: save,
  },
  {
    name: "load of it into an empty store",
    runs: 3,
    before: withArchiveOnly,
    command: load,
    floor: {
      name: "read and hash the archive",
      command: (tool, inputs) => `openssl dgst -sha256 ${archive(tool, inputs)}`,
    },
  },
  {
    name: "first run after load",
    runs: 3,
    before: (tool, inputs) => [...withArchiveOnly(tool, inputs), load(tool, inputs)],
    command: (tool) => runIn(tool, app(tool)),
  },
  {
    name: "rmi of that image, after a run",
    runs: 3,
    before: (tool, inputs) => [
      ...withArchiveOnly(tool, inputs),
      load(tool, inputs),
      runIn(tool, app(tool)),
    ],
    command: (tool) => `${tool.call} rmi ${app(tool)}`,
  },
  {
    name: "rmi of the Debian base, after a run",
    runs: 3,
    before: (tool, { debian }) => [
      tool.empty,
      tool.import(debian, "debian"),
      runIn(tool, "debian"),
    ],
    command: (tool) => `${tool.call} rmi debian`,
  },
  {
    name: "disk used after import and COPY",
    runs: 1,
    about: "builds",
    before: buildEverything,
    command: diskUsed,
    unit: "bytes",
  },
  {
    name: "disk used after import, COPY and a run",
    runs: 1,
    before: (tool, inputs) => [...buildEverything(tool, inputs), runIn(tool, app(tool))],
    command: diskUsed,
    unit: "bytes",
  },
  ...["debian", "large"].flatMap((image): BenchRow[] => {
    const what = image === "debian" ? "a Debian base, 170 MB, gzip" : "a layer of 1 GB";
    const pull: Command = (tool, { registry }) => tool.pull(`${registry}/${image}`);
    const target = ({ emptyRegistry }: Inputs) => `${emptyRegistry.host}/${image}`;
    const push: Command = (tool, inputs) => tool.push(target(inputs));
    return [
      { name: `pull of ${what}`, runs: 5, before: (tool) => [tool.empty], command: pull },
      {
        name: `pull of ${what}, and first run`,
        runs: 3,
        before: (tool) => [tool.empty],
        command: (tool, inputs) =>
          `${pull(tool, inputs)}\n${tool.run} --network none ${inputs.registry}/${image} true`,
      },
      {
        name: `push of ${what}, imported here`,
        runs: 5,
        before: (tool, inputs) => [
          tool.empty,
          inputs.emptyRegistry.empty,
          tool.import(image === "debian" ? inputs.debian : inputs.large, target(inputs)),
        ],
        command: push,
      },
      {
        name: `push of ${what}, pulled before`,
        runs: 3,
        before: (tool, inputs) => [
          tool.empty,
          inputs.emptyRegistry.empty,
          pull(tool, inputs),
          `${tool.call} tag ${inputs.registry}/${image} ${target(inputs)}`,
        ],
        command: push,
      },
      {
        name: `copy of ${what} from the registry to a directory`,
        runs: 5,
        about: "copies",
        before: (_, { scratch }) => [`rm -rf '${scratch}/layout'`],
        command: (tool, { registry, scratch }) =>
          tool.copy!({ registry: `${registry}/${image}` }, { layout: `${scratch}/layout` }),
      },
    ];
  }),
];
