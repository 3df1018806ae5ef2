import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "List port mappings or a specific mapping for the container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale port is not there yet");
  },
});
