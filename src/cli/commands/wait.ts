import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Block until one or more containers stop, then print their exit codes",
  flags: {},
  run(): number {
    return fail("unsupported", "shale wait is not there yet");
  },
});
