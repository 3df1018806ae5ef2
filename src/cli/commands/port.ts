import { fail } from "#errors";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";

type Bindings = Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;

export default defineCommand({
  usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
  summary: "List port mappings or a specific mapping for the container",
  aliases: ["shale container port", "shale port"],
  args: { min: 1, max: 2 },
  flags: {},
  async run(context: CommandContext, { args: [name = "", asked] }): Promise<number> {
    const containers = await (await context.engine()).containers();
    const { NetworkSettings } = await containers.inspect(name);
    const { Ports } = NetworkSettings as { Ports: Bindings };
    const lines = asked === undefined ? allLines(Ports) : portLines(Ports, asked, name);
    context.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return 0;
  },
});

function allLines(ports: Bindings): string[] {
  return Object.entries(ports)
    .flatMap(([port, bindings]) =>
      (bindings ?? []).map((binding) => `${port} -> ${placeText(binding)}`),
    )
    .sort();
}

function portLines(ports: Bindings, asked: string, name: string): string[] {
  const [port = "", protocol = "tcp"] = asked.split("/");
  if (!/^\d+$/.test(port)) fail("invalid-argument", `invalid port: ${asked}`);
  const bindings = ports[`${port}/${protocol}`];
  if (!bindings?.length)
    fail("not-found", `no public port '${port}/${protocol}' published for ${name}`);
  return bindings.map(placeText);
}

function placeText({ HostIp, HostPort }: { HostIp: string; HostPort: string }): string {
  return `${HostIp.includes(":") ? `[${HostIp}]` : HostIp}:${HostPort}`;
}
