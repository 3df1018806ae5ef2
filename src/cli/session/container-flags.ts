import type { FlagSpecs } from "../flags/index.ts";

/** The flags that say what a container is; `run` has them, and what makes one without running. */
export const containerFlags = {
  addHost: { type: "list", help: "Add a custom host-to-IP mapping (host:ip)" },
  capAdd: { type: "list", help: "Add Linux capabilities" },
  capDrop: { type: "list", help: "Drop Linux capabilities" },
  dns: { type: "list", help: "Set custom DNS servers" },
  dnsOption: { type: "list", aliases: ["dns-opt"], help: "Set DNS options" },
  dnsSearch: { type: "list", help: "Set custom DNS search domains" },
  entrypoint: { type: "string", help: "Overwrite the default ENTRYPOINT of the image" },
  env: { type: "list", short: "e", help: "Set environment variables" },
  envFile: { type: "list", help: "Read in a file of environment variables" },
  hostname: { type: "string", short: "h", help: "Container host name" },
  interactive: { type: "bool", short: "i", help: "Keep STDIN open even if not attached" },
  label: { type: "list", short: "l", help: "Set meta data on a container" },
  labelFile: { type: "list", help: "Read in a line delimited file of labels" },
  name: { type: "string", help: "Assign a name to the container" },
  network: {
    type: "string",
    aliases: ["net"],
    default: "bridge",
    value: "network",
    help: "Connect a container to a network: bridge, host or none",
  },
  privileged: { type: "bool", help: "Give extended privileges to this container" },
  readOnly: { type: "bool", help: "Mount the container's root filesystem as read only" },
  rm: {
    type: "bool",
    help: "Automatically remove the container and its volumes when it exits",
  },
  stopSignal: { type: "string", help: "Signal to stop the container" },
  tty: { type: "bool", short: "t", help: "Allocate a pseudo-TTY" },
  user: {
    type: "string",
    short: "u",
    help: "Username or UID (format: <name|uid>[:<group|gid>])",
  },
  volume: { type: "list", short: "v", help: "Bind mount a volume" },
  workdir: { type: "string", short: "w", help: "Working directory inside the container" },
} as const satisfies FlagSpecs;
