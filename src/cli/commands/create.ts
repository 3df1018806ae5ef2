import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Create a new container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale create is not there yet");
  },
});
