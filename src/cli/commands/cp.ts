import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Copy files/folders between a container and the local filesystem",
  flags: {},
  run(): number {
    return fail("unsupported", "shale cp is not there yet");
  },
});
