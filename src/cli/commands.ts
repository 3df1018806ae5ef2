import { command } from "./command-entry.ts";
import { containerCommands } from "./container-commands.ts";
import type { CommandContext } from "./context.ts";
import type { Entries } from "./flags/index.ts";

const { attach, commit, cp, create, debug, diff, exec, kill, logs, pause, port } =
  containerCommands;
const { rename, restart, run, start, stats, stop, top, unpause, update, wait } = containerCommands;
const events = command("Get real time events from the store", () => import("./commands/events.ts"));
const build = command("Build an image from a Dockerfile", () => import("./commands/build.ts"));
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
const push = command("Upload an image to a registry", () => import("./commands/push.ts"));
const pull = command("Download an image from a registry", () => import("./commands/pull.ts"));
const removeImage = () => import("./commands/rmi.ts");
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
  ps: { ...containerCommands.ls, aliases: [] },
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
  container: { summary: "Manage containers", commands: containerCommands },
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
  export: containerCommands.export,
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
  rm: { ...containerCommands.rm, aliases: [] },
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
