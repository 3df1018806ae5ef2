import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Pause all processes within one or more containers",
  flags: {},
  run(): number {
    return fail("unsupported", "shale pause is not there yet");
  },
});
