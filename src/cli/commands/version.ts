import { hostPlatform } from "#oci";
import type { CommandContext } from "../context.ts";
import { documentFormatter } from "../document-format.ts";
import { defineCommand } from "../flags/index.ts";
import { documentFormatFlag } from "../format-flag.ts";
import { version } from "../version.ts";

/** Where docker's values begin. */
const VALUE_COLUMN = 20;

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Show the shale version information",
  flags: { format: documentFormatFlag },
  run(context: CommandContext, { flags: { format } }): number {
    const { os, architecture } = hostPlatform();
    const client = { Version: version, BunVersion: Bun.version, Os: os, Arch: architecture };
    const text = format
      ? documentFormatter(format)({ Client: client, Server: null })
      : clientText(client);
    context.stdout.write(`${text}\n`);
    return 0;
  },
});

function clientText(client: Readonly<Record<"Version" | "BunVersion" | "Os" | "Arch", string>>) {
  const lines = [
    ["Version", client.Version],
    ["Bun version", client.BunVersion],
    ["OS/Arch", `${client.Os}/${client.Arch}`],
  ].map(([label, value]) => ` ${label}:`.padEnd(VALUE_COLUMN) + value);
  return ["Client:", ...lines].join("\n");
}
