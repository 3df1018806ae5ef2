import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Get real time events from the store",
  flags: {},
  run(): number {
    return fail("unsupported", "shale events is not there yet");
  },
});
