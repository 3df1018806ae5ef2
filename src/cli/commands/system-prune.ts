import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove unused data",
  flags: {},
  run(): number {
    return fail("unsupported", "shale system prune is not there yet");
  },
});
