import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Kill one or more running containers",
  flags: {},
  run(): number {
    return fail("unsupported", "shale kill is not there yet");
  },
});
