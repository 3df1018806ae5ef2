import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Attach local standard input, output, and error streams to a running container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale attach is not there yet");
  },
});
