import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove all stopped containers",
  flags: {},
  run(): number {
    return fail("unsupported", "shale container prune is not there yet");
  },
});
