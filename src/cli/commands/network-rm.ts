import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove one or more networks",
  flags: {},
  run(): number {
    return fail("unsupported", "shale network rm is not there yet");
  },
});
