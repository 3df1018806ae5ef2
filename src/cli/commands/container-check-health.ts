import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Make one health check of a container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale container check-health is not there yet");
  },
});
