import type { FlagSpecs } from "../flags/index.ts";
import { healthFlags } from "./health-flags.ts";
import { mountFlags } from "./mount-flags.ts";
import { networkFlags } from "./network-flags.ts";
import { resourceFlags } from "./resource-flags.ts";

/** The flags that say what a container is; `run` and `create` have them. */
export const containerFlags = {
  ...healthFlags,
  ...mountFlags,
  ...networkFlags,
  ...resourceFlags,
  annotation: { type: "map", help: "Add an annotation to the container", value: "map" },
  capAdd: { type: "list", help: "Add Linux capabilities" },
  capDrop: { type: "list", help: "Drop Linux capabilities" },
  cgroupns: { type: "string", help: "Cgroup namespace to use (host|private)" },
  cidfile: { type: "string", help: "Write the container ID to the file" },
  domainname: { type: "string", help: "Container NIS domain name" },
  entrypoint: { type: "string", help: "Overwrite the default ENTRYPOINT of the image" },
  env: { type: "list", short: "e", help: "Set environment variables" },
  envFile: { type: "list", help: "Read in a file of environment variables" },
  groupAdd: { type: "list", help: "Add additional groups to join" },
  hostname: { type: "string", short: "h", help: "Container host name" },
  init: {
    type: "bool",
    help: "Run an init inside the container that forwards signals and reaps processes",
  },
  interactive: { type: "bool", short: "i", help: "Keep STDIN open even if not attached" },
  ipc: { type: "string", help: "IPC mode to use" },
  label: { type: "list", short: "l", help: "Set meta data on a container" },
  labelFile: { type: "list", help: "Read in a line delimited file of labels" },
  logDriver: { type: "string", help: "Logging driver for the container" },
  logOpt: { type: "list", help: "Log driver options" },
  name: { type: "string", help: "Assign a name to the container" },
  pid: { type: "string", help: "PID namespace to use" },
  platform: { type: "string", help: "Set platform if server is multi-platform capable" },
  privileged: { type: "bool", help: "Give extended privileges to this container" },
  pull: {
    type: "enum",
    choices: ["always", "missing", "never"],
    default: "missing",
    help: 'Pull image before running ("always", "missing", "never")',
  },
  quiet: { type: "bool", short: "q", help: "Suppress the pull output" },
  readOnly: { type: "bool", help: "Mount the container's root filesystem as read only" },
  restart: {
    type: "string",
    default: "no",
    help: "Restart policy to apply when a container exits",
  },
  rm: {
    type: "bool",
    help: "Automatically remove the container and its volumes when it exits",
  },
  runtime: { type: "string", help: "Runtime to use for this container" },
  securityOpt: { type: "list", help: "Security Options" },
  stopSignal: { type: "string", help: "Signal to stop the container" },
  stopTimeout: { type: "int", help: "Timeout (in seconds) to stop a container" },
  storageOpt: { type: "list", help: "Storage driver options for the container" },
  sysctl: { type: "map", help: "Sysctl options", value: "map" },
  tty: { type: "bool", short: "t", help: "Allocate a pseudo-TTY" },
  user: {
    type: "string",
    short: "u",
    help: "Username or UID (format: <name|uid>[:<group|gid>])",
  },
  userns: { type: "string", help: "User namespace to use" },
  uts: { type: "string", help: "UTS namespace to use" },
  workdir: { type: "string", short: "w", help: "Working directory inside the container" },
} as const satisfies FlagSpecs;
