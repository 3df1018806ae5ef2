import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Start the containers that should run after a reboot",
  flags: {},
  run(): number {
    return fail("unsupported", "shale system restore is not there yet");
  },
});
