import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Inspect changes to files or directories on a container's filesystem",
  flags: {},
  run(): number {
    return fail("unsupported", "shale diff is not there yet");
  },
});
