import { basename } from "node:path/posix";
import type { Script } from "./notes.ts";
import { BASH, LOGIN, LOOP } from "./scripts.ts";

/** Where a recording's directory is in the container. */
export const PLACE = "/.shale/record";

/** A shell that is recorded, and what makes it note its commands. */
export interface ShellRecorder {
  /** As the user or the image names it. */
  readonly program: string;
  /** Whether it is another one than RUN's own. */
  readonly isBash: boolean;
  readonly command: readonly string[];
  /** What `command` reads. */
  readonly script: Script;
}

/** Undefined for a command line that is not just a shell. */
export function recorderOf(command: readonly string[]): ShellRecorder | undefined {
  const [program = "", ...options] = command;
  if (options.some((option) => !["-i", "-l", "--login"].includes(option))) return undefined;
  const isLogin = options.some((option) => option !== "-i");
  const name = basename(program);
  if (name === "bash") return bashRecorder(program, isLogin);
  return ["sh", "ash", "dash"].includes(name) ? loopRecorder(program, isLogin) : undefined;
}

function bashRecorder(program: string, isLogin: boolean): ShellRecorder {
  const personal = isLogin ? LOGIN : "[ -r ~/.bashrc ] && . ~/.bashrc\n";
  return {
    ...{ program, isBash: true },
    command: [program, "--rcfile", `${PLACE}/bashrc`, "-i"],
    script: { name: "bashrc", text: personal + BASH },
  };
}

function loopRecorder(program: string, isLogin: boolean): ShellRecorder {
  return {
    ...{ program, isBash: false },
    command: [program, `${PLACE}/loop`, program],
    script: { name: "loop", text: (isLogin ? LOGIN : "") + LOOP },
  };
}
