import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Remove all unused networks",
  flags: {},
  run(): number {
    return fail("unsupported", "shale network prune is not there yet");
  },
});
