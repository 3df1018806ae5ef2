import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove one or more volumes",
  flags: {},
  run(): number {
    return fail("unsupported", "shale volume rm is not there yet");
  },
});
