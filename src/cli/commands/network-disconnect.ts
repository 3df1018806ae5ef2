import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Disconnect a container from a network",
  flags: {},
  run(): number {
    return fail("unsupported", "shale network disconnect is not there yet");
  },
});
