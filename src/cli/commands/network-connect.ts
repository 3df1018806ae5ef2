import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Connect a container to a network",
  flags: {},
  run(): number {
    return fail("unsupported", "shale network connect is not there yet");
  },
});
