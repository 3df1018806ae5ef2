import type { UpdateOptions } from "#container";
import type { CommandContext } from "../context.ts";
import { forEachArgument, writeErrors } from "../each-argument.ts";
import { defineCommand, type FlagValues, UsageError } from "../flags/index.ts";
import { limitOptions, resourceFlags } from "../session/resource-flags.ts";
import { parseRestartPolicy } from "../session/restart-flag.ts";

const flags = {
  blkioWeight: resourceFlags.blkioWeight,
  cpuPeriod: resourceFlags.cpuPeriod,
  cpuQuota: resourceFlags.cpuQuota,
  cpuRtPeriod: resourceFlags.cpuRtPeriod,
  cpuRtRuntime: resourceFlags.cpuRtRuntime,
  cpuShares: resourceFlags.cpuShares,
  cpus: resourceFlags.cpus,
  cpusetCpus: resourceFlags.cpusetCpus,
  cpusetMems: resourceFlags.cpusetMems,
  memory: resourceFlags.memory,
  memoryReservation: resourceFlags.memoryReservation,
  memorySwap: resourceFlags.memorySwap,
  pidsLimit: resourceFlags.pidsLimit,
  restart: { type: "string", help: "Restart policy to apply when a container exits" },
} as const;

export default defineCommand({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Update configuration of one or more containers",
  aliases: ["shale container update", "shale update"],
  args: { min: 1 },
  flags,
  async run(context: CommandContext, { flags, args, given }): Promise<number> {
    if (given.size === 0)
      throw new UsageError("you must provide one or more flags when using this command", 1);
    const options = optionsOf(flags);
    const containers = await (await context.engine()).containers();
    const errors = await forEachArgument(args, async (name) => {
      const { warnings } = await containers.update(name, options);
      context.stdout.write(`${name}\n`);
      for (const warning of warnings) context.stderr.write(`${warning}\n`);
    });
    writeErrors(context, errors);
    return errors.length > 0 ? 1 : 0;
  },
});

function optionsOf(given: FlagValues<typeof flags>): UpdateOptions {
  const { restart, ...limits } = given;
  return {
    ...limitOptions(limits),
    ...(restart !== undefined && { RestartPolicy: parseRestartPolicy(restart) }),
  };
}
