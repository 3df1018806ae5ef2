import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "List volumes",
  flags: {},
  run(): number {
    return fail("unsupported", "shale volume ls is not there yet");
  },
});
