import { fail } from "#errors";
import { defineCommand } from "../flags/index.ts";

export default defineCommand({
  usage: "[OPTIONS]",
  summary: "Look into a container or an image with tools of your own",
  flags: {},
  run(): number {
    return fail("unsupported", "shale debug is not there yet");
  },
});
