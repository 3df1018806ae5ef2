import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Display a live stream of container(s) resource usage statistics",
  flags: {},
  run(): number {
    return fail("unsupported", "shale stats is not there yet");
  },
});
