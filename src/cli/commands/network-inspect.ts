import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Display detailed information on one or more networks",
  flags: {},
  run(): number {
    return fail("unsupported", "shale network inspect is not there yet");
  },
});
