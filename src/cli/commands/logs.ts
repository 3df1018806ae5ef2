import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Fetch the logs of a container",
  flags: {},
  run(): number {
    return fail("unsupported", "shale logs is not there yet");
  },
});
