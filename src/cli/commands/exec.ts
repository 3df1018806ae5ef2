import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Execute a command in a running container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale exec is not there yet");
  },
});
