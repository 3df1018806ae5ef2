import type { CommandContext } from "./context.ts";
import type { Command, CommandEntry, Entries } from "./flags/index.ts";

type Loader = () => Promise<{ default: Command<CommandContext> }>;

function command(
  summary: string,
  load: Loader,
  aliases: readonly string[] = [],
): CommandEntry<CommandContext> {
  return { summary, aliases, load: async () => (await load()).default };
}

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
const events = command("Get real time events from the store", () => import("./commands/events.ts"));
const build = command("Build an image from a Dockerfile", () => import("./commands/build.ts"));
const exportContainer = command(
  "Export a container's filesystem as a tar archive",
  () => import("./commands/export.ts"),
);
const history = command("Show the history of an image", () => import("./commands/history.ts"));
const images = () => import("./commands/images.ts");
const importImage = command(
  "Import the contents from a tarball to create a filesystem image",
  () => import("./commands/import.ts"),
);
const info = command("Display system-wide information", () => import("./commands/info.ts"));
const load = command(
  "Load an image from a tar archive or STDIN",
  () => import("./commands/load.ts"),
);
const ps = () => import("./commands/ps.ts");
const push = command("Upload an image to a registry", () => import("./commands/push.ts"));
const pull = command("Download an image from a registry", () => import("./commands/pull.ts"));
const removeContainer = () => import("./commands/rm.ts");
const removeImage = () => import("./commands/rmi.ts");
const run = command(
  "Create and run a new container from an image",
  () => import("./commands/run.ts"),
);
const save = command(
  "Save one or more images to a tar archive (streamed to STDOUT by default)",
  () => import("./commands/save.ts"),
);
const tag = command(
  "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
  () => import("./commands/tag.ts"),
);

/** The command tree. A command's file is loaded when the command is used. */
export const commands: Entries<CommandContext> = {
  run,
  exec,
  ps: command("List containers", ps),
  build,
  pull,
  images: command("List images", images),
  builder: {
    summary: "Manage builds",
    commands: {
      build,
      prune: command("Remove build cache", () => import("./commands/builder-prune.ts")),
    },
  },
  container: {
    summary: "Manage containers",
    commands: {
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
      prune: command(
        "Remove all stopped containers",
        () => import("./commands/container-prune.ts"),
      ),
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
    },
  },
  image: {
    summary: "Manage images",
    commands: {
      build,
      copy: command(
        "Copy an image between registries, the store and archives",
        () => import("./commands/image-copy.ts"),
      ),
      history,
      import: importImage,
      inspect: command(
        "Display detailed information on one or more images",
        () => import("./commands/image-inspect.ts"),
      ),
      load,
      ls: command("List images", images, ["list"]),
      prune: command("Remove unused images", () => import("./commands/image-prune.ts")),
      pull,
      push,
      rm: command("Remove one or more images", removeImage, ["remove"]),
      save,
      tag,
    },
  },
  manifest: {
    summary: "Look at manifests in registries",
    commands: {
      inspect: command(
        "Display an image manifest, or index",
        () => import("./commands/manifest-inspect.ts"),
      ),
    },
  },
  network: {
    summary: "Manage networks",
    commands: {
      connect: command(
        "Connect a container to a network",
        () => import("./commands/network-connect.ts"),
      ),
      create: command("Create a network", () => import("./commands/network-create.ts")),
      disconnect: command(
        "Disconnect a container from a network",
        () => import("./commands/network-disconnect.ts"),
      ),
      inspect: command(
        "Display detailed information on one or more networks",
        () => import("./commands/network-inspect.ts"),
      ),
      ls: command("List networks", () => import("./commands/network-ls.ts"), ["list"]),
      prune: command("Remove all unused networks", () => import("./commands/network-prune.ts")),
      rm: command("Remove one or more networks", () => import("./commands/network-rm.ts"), [
        "remove",
      ]),
    },
  },
  registry: {
    summary: "Serve images to others",
    commands: {
      gc: command(
        "Remove what nothing in a registry refers to",
        () => import("./commands/registry-gc.ts"),
      ),
      serve: command("Serve a registry", () => import("./commands/registry-serve.ts")),
    },
  },
  system: {
    summary: "Manage shale",
    commands: {
      df: command("Show shale disk usage", () => import("./commands/system-df.ts")),
      events,
      info,
      migrate: command(
        "Convert everything to the storage driver in use",
        () => import("./commands/system-migrate.ts"),
      ),
      prune: command("Remove unused data", () => import("./commands/system-prune.ts")),
      restore: command(
        "Start the containers that should run after a reboot",
        () => import("./commands/system-restore.ts"),
      ),
    },
  },
  volume: {
    summary: "Manage volumes",
    commands: {
      create: command("Create a volume", () => import("./commands/volume-create.ts")),
      inspect: command(
        "Display detailed information on one or more volumes",
        () => import("./commands/volume-inspect.ts"),
      ),
      ls: command("List volumes", () => import("./commands/volume-ls.ts"), ["list"]),
      prune: command("Remove unused local volumes", () => import("./commands/volume-prune.ts")),
      rm: command("Remove one or more volumes", () => import("./commands/volume-rm.ts"), [
        "remove",
      ]),
    },
  },
  attach,
  commit,
  cp,
  create,
  debug,
  diff,
  events,
  export: exportContainer,
  history,
  import: importImage,
  info,
  inspect: command(
    "Return low-level information on shale objects",
    () => import("./commands/inspect.ts"),
  ),
  kill,
  load,
  logs,
  login: command("Authenticate to a registry", () => import("./commands/login.ts")),
  logout: command("Log out from a registry", () => import("./commands/logout.ts")),
  pause,
  port,
  push,
  rename,
  restart,
  rm: command("Remove one or more containers", removeContainer),
  rmi: command("Remove one or more images", removeImage),
  save,
  start,
  stats,
  stop,
  search: command("Search a registry for images", () => import("./commands/search.ts")),
  tag,
  top,
  unpause,
  update,
  version: command("Show the shale version information", () => import("./commands/version.ts")),
  wait,
};
