import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Display the running processes of a container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale top is not there yet");
  },
});
