import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Rename a container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale rename is not there yet");
  },
});
