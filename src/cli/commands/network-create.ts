import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Create a network",
  flags: {},
  run(): number {
    return fail("unsupported", "shale network create is not there yet");
  },
});
