import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Update configuration of one or more containers",
  flags: {},
  run(): number {
    return fail("unsupported", "shale update is not there yet");
  },
});
