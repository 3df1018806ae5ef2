import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Create a new image from a container's changes",
  flags: {},
  run(): number {
    return fail("unsupported", "shale commit is not there yet");
  },
});
