import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Start one or more stopped containers",
  flags: {},
  run(): number {
    return fail("unsupported", "shale start is not there yet");
  },
});
