import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Do what is to be done when a container has ended",
  flags: {},
  run(): number {
    return fail("unsupported", "shale container exited is not there yet");
  },
});
