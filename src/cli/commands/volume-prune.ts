import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove unused local volumes",
  flags: {},
  run(): number {
    return fail("unsupported", "shale volume prune is not there yet");
  },
});
