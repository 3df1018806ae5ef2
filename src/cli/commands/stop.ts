import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Stop one or more running containers",
  flags: {},
  run(): number {
    return fail("unsupported", "shale stop is not there yet");
  },
});
