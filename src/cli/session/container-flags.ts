import { contentTrustFlag } from "../content-trust-flag.ts";
import type { FlagSpecs } from "../flags/index.ts";
import { platformFlag } from "../platform-flag.ts";
import { attachFlag } from "./attach-flag.ts";
import { envFlag } from "./env-flag.ts";
import { healthFlags } from "./health-flags.ts";
import { isolationFlags } from "./isolation-flags.ts";
import { checkLabel } from "./labels.ts";
import { mountFlags } from "./mount-flags.ts";
import { networkFlags } from "./network-flags.ts";
import { resourceFlags } from "./resource-flags.ts";

/** The flags that say what a container is; `run` and `create` have them. */
export const containerFlags = {
  ...healthFlags,
  ...isolationFlags,
  ...mountFlags,
  ...networkFlags,
  ...resourceFlags,
  ...contentTrustFlag,
  attach: attachFlag,
  cidfile: { type: "string", help: "Write the container ID to the file" },
  domainname: { type: "string", help: "Container NIS domain name" },
  entrypoint: { type: "string", help: "Overwrite the default ENTRYPOINT of the image" },
  env: envFlag,
  envFile: { type: "list", help: "Read in a file of environment variables" },
  hostname: { type: "string", short: "h", help: "Container host name" },
  init: {
    type: "bool",
    help: "Run an init inside the container that forwards signals and reaps processes",
  },
  interactive: { type: "bool", short: "i", help: "Keep STDIN open even if not attached" },
  isolation: {
    type: "enum",
    choices: ["", "default"],
    default: "",
    hidden: true,
    help: "Container isolation technology",
  },
  label: { type: "list", short: "l", help: "Set meta data on a container", check: checkLabel },
  labelFile: { type: "list", help: "Read in a line delimited file of labels" },
  logDriver: { type: "string", help: "Logging driver for the container" },
  logOpt: { type: "list", help: "Log driver options" },
  name: { type: "string", help: "Assign a name to the container" },
  platform: { ...platformFlag, help: "Set platform if server is multi-platform capable" },
  pull: {
    type: "enum",
    choices: ["always", "missing", "never"],
    default: "missing",
    help: 'Pull image before running ("always", "missing", "never")',
  },
  quiet: { type: "bool", short: "q", help: "Suppress the pull output" },
  restart: {
    type: "string",
    default: "no",
    help: "Restart policy to apply when a container exits",
  },
  rm: {
    type: "bool",
    help: "Automatically remove the container and its volumes when it exits",
  },
  stopSignal: { type: "string", help: "Signal to stop the container" },
  stopTimeout: { type: "int", help: "Timeout (in seconds) to stop a container" },
  tty: { type: "bool", short: "t", help: "Allocate a pseudo-TTY" },
  user: {
    type: "string",
    short: "u",
    help: "Username or UID (format: <name|uid>[:<group|gid>])",
  },
  workdir: { type: "string", short: "w", help: "Working directory inside the container" },
} as const satisfies FlagSpecs;
