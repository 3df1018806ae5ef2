import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Create a volume",
  flags: {},
  run(): number {
    return fail("unsupported", "shale volume create is not there yet");
  },
});
