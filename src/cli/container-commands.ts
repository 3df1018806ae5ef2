import { command } from "./command-entry.ts";

const exportContainer = command(
  "Export a container's filesystem as a tar archive",
  () => import("./commands/export.ts"),
);
const ps = () => import("./commands/ps.ts");
const removeContainer = () => import("./commands/rm.ts");
const run = command(
  "Create and run a new container from an image",
  () => import("./commands/run.ts"),
);
const attach = command(
  "Attach local standard input, output, and error streams to a running container",
  () => import("./commands/attach.ts"),
);
const commit = command(
  "Create a new image from a container's changes",
  () => import("./commands/commit.ts"),
);
const cp = command(
  "Copy files/folders between a container and the local filesystem",
  () => import("./commands/cp.ts"),
);
const create = command("Create a new container", () => import("./commands/create.ts"));
const debug = command(
  "Look into a container or an image with tools of your own",
  () => import("./commands/debug.ts"),
);
const diff = command(
  "Inspect changes to files or directories on a container's filesystem",
  () => import("./commands/diff.ts"),
);
const exec = command(
  "Execute a command in a running container",
  () => import("./commands/exec.ts"),
);
const kill = command("Kill one or more running containers", () => import("./commands/kill.ts"));
const logs = command("Fetch the logs of a container", () => import("./commands/logs.ts"));
const pause = command(
  "Pause all processes within one or more containers",
  () => import("./commands/pause.ts"),
);
const port = command(
  "List port mappings or a specific mapping for the container",
  () => import("./commands/port.ts"),
);
const rename = command("Rename a container", () => import("./commands/rename.ts"));
const restart = command("Restart one or more containers", () => import("./commands/restart.ts"));
const start = command("Start one or more stopped containers", () => import("./commands/start.ts"));
const stats = command(
  "Display a live stream of container(s) resource usage statistics",
  () => import("./commands/stats.ts"),
);
const stop = command("Stop one or more running containers", () => import("./commands/stop.ts"));
const top = command(
  "Display the running processes of a container",
  () => import("./commands/top.ts"),
);
const unpause = command(
  "Unpause all processes within one or more containers",
  () => import("./commands/unpause.ts"),
);
const update = command(
  "Update configuration of one or more containers",
  () => import("./commands/update.ts"),
);
const wait = command(
  "Block until one or more containers stop, then print their exit codes",
  () => import("./commands/wait.ts"),
);

/** What can be done with containers; most of it is also there without the word. */
export const containerCommands = {
  attach,
  "check-health": {
    ...command(
      "Make one health check of a container",
      () => import("./commands/container-check-health.ts"),
    ),
    hidden: true,
  },
  commit,
  cp,
  create,
  debug,
  diff,
  exec,
  exited: {
    ...command(
      "Do what is to be done when a container has ended",
      () => import("./commands/container-exited.ts"),
    ),
    hidden: true,
  },
  export: exportContainer,
  inspect: command(
    "Display detailed information on one or more containers",
    () => import("./commands/container-inspect.ts"),
  ),
  kill,
  logs,
  ls: command("List containers", ps, ["list", "ps"]),
  pause,
  port,
  prune: command("Remove all stopped containers", () => import("./commands/container-prune.ts")),
  rename,
  restart,
  rm: command("Remove one or more containers", removeContainer, ["remove"]),
  run,
  start,
  stats,
  stop,
  top,
  unpause,
  update,
  wait,
};
