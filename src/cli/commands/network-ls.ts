import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "List networks",
  flags: {},
  run(): number {
    return fail("unsupported", "shale network ls is not there yet");
  },
});
