import type { ContainerSummary, MountDocument } from "#container";
import { goTime } from "./local-time.ts";
import {
  type Column,
  ellipsis,
  humanDuration,
  humanSince,
  humanSize,
  truncateId,
} from "./output/index.ts";
import { portsText } from "./port-text.ts";

const COMMAND_WIDTH = 20;
const MOUNT_WIDTH = 15;

export interface ContainerColumnOptions {
  /** Nothing is cut off. */
  readonly whole: boolean;
  /** With the sizes. */
  readonly size: boolean;
}

/** What `ps` shows of a container, and what its `--format` can name. */
export function containerColumns({
  whole,
  size,
}: ContainerColumnOptions): Column<ContainerSummary>[] {
  const cut = (text: string, width: number) => (whole ? text : ellipsis(text, width));
  return [
    { key: "ID", header: "CONTAINER ID", value: ({ id }) => (whole ? id : truncateId(id)) },
    { key: "Image", header: "IMAGE", value: (row) => imageText(row, whole) },
    {
      key: "Command",
      header: "COMMAND",
      value: ({ command }) => JSON.stringify(cut(command, COMMAND_WIDTH)),
    },
    { key: "RunningFor", header: "CREATED", value: ({ created }) => humanSince(created) },
    { key: "Status", header: "STATUS", value: statusText },
    { key: "Ports", header: "PORTS", value: ({ ports }) => portsText(ports) },
    { key: "Names", header: "NAMES", value: ({ name }) => name },
    { key: "Size", header: "SIZE", value: sizeText, hidden: !size },
    ...hidden([
      { key: "State", header: "STATE", value: ({ state }) => state },
      { key: "CreatedAt", header: "CREATED AT", value: ({ created }) => goTime(created) },
      { key: "Labels", header: "LABELS", value: labelsText },
      {
        key: "Label",
        header: "",
        value: () => "",
        lookup: ({ labels }, name) => labels[name] ?? "",
      },
      {
        key: "Mounts",
        header: "MOUNTS",
        value: ({ mounts }) => mounts.map((one) => cut(mountName(one), MOUNT_WIDTH)).join(),
      },
      { key: "LocalVolumes", header: "LOCAL VOLUMES", value: localVolumes },
      {
        key: "Networks",
        header: "NETWORKS",
        value: ({ networks }) => Object.keys(networks).join(),
      },
    ]),
  ];
}

function hidden(columns: readonly Column<ContainerSummary>[]): Column<ContainerSummary>[] {
  return columns.map((column) => ({ ...column, hidden: true }));
}

function imageText({ image, imageId }: ContainerSummary, whole: boolean): string {
  if (whole) return image;
  return image === imageId ? truncateId(image) : image.replace(/@.*$/, "");
}

/** Docker's words: `Up 3 seconds (healthy)`, `Exited (0) 2 minutes ago`. */
function statusText(container: ContainerSummary): string {
  const { state, exitCode, started, finished } = container;
  switch (state) {
    case "running":
      return `Up ${elapsed(started)}${healthText(container)}`;
    case "paused":
      return `Up ${elapsed(started)} (Paused)`;
    case "restarting":
      return `Restarting (${exitCode}) ${elapsed(finished)} ago`;
    case "exited":
      return `Exited (${exitCode}) ${elapsed(finished)} ago`;
    case "removing":
      return "Removal In Progress";
    default:
      return state === "dead" ? "Dead" : "Created";
  }
}

function healthText({ health }: ContainerSummary): string {
  if (health === "none") return "";
  return health === "starting" ? " (health: starting)" : ` (${health})`;
}

function elapsed(moment: number | undefined): string {
  return humanDuration(Date.now() - (moment ?? Date.now()));
}

function sizeText({ size }: ContainerSummary): string {
  if (size === undefined) return "0B";
  const virtual = size.root > 0 ? ` (virtual ${humanSize(size.root)})` : "";
  return humanSize(size.own) + virtual;
}

function labelsText({ labels }: ContainerSummary): string {
  const entries = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return entries.sort().join(",");
}

function mountName({ Name, Source }: MountDocument): string {
  return Name ?? Source;
}

function localVolumes({ mounts }: ContainerSummary): string {
  return String(mounts.filter(({ Driver }) => Driver === "local").length);
}
