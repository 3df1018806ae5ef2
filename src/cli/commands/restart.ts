import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Restart one or more containers",
  flags: {},
  run(): number {
    return fail("unsupported", "shale restart is not there yet");
  },
});
