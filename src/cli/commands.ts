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
      export: exportContainer,
      inspect: command(
        "Display detailed information on one or more containers",
        () => import("./commands/container-inspect.ts"),
      ),
      ls: command("List containers", ps, ["list", "ps"]),
      rm: command("Remove one or more containers", removeContainer, ["remove"]),
      run,
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
      info,
      migrate: command(
        "Convert everything to the storage driver in use",
        () => import("./commands/system-migrate.ts"),
      ),
    },
  },
  export: exportContainer,
  history,
  import: importImage,
  info,
  inspect: command(
    "Return low-level information on shale objects",
    () => import("./commands/inspect.ts"),
  ),
  load,
  login: command("Authenticate to a registry", () => import("./commands/login.ts")),
  logout: command("Log out from a registry", () => import("./commands/logout.ts")),
  push,
  rm: command("Remove one or more containers", removeContainer),
  rmi: command("Remove one or more images", removeImage),
  save,
  search: command("Search a registry for images", () => import("./commands/search.ts")),
  tag,
  version: command("Show the shale version information", () => import("./commands/version.ts")),
};
