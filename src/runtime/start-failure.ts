import { type Kind, KindedError } from "#errors";

/** A container whose process could not be started: the runtime's doing, not the process's. */
export class StartFailure extends KindedError {
  /** As a shell has it: 127 for no such program, 126 for one that cannot run, else 125. */
  readonly exitCode: number;

  constructor(exitCode: number, message: string, kind: Kind, cause?: unknown) {
    super(kind, message, cause);
    this.name = "StartFailure";
    this.exitCode = exitCode;
  }
}

const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
const OTHER = 125;

/**
 * What a runtime said, as Docker would put it. `program` is the command's first word; `text` is
 * plain or JSON lines, of which the last counts.
 */
export function startFailure(text: string, program: string): StartFailure {
  const said = lastError(text);
  const reason = said.replace(/^runc \w+ failed: (unable to start container process: )?/, "");
  if (isMissing(said) || (program === "" && isDenied(said))) {
    const words = program.includes("/")
      ? `stat ${program}: no such file or directory`
      : "executable file not found in $PATH";
    return new StartFailure(NOT_FOUND, `exec: "${program}": ${words}`, "not-found", said);
  }
  if (isDenied(said)) {
    const message = isExec(said) ? `exec: "${program}": permission denied` : reason;
    return new StartFailure(NOT_RUNNABLE, message, "permission-denied", said);
  }
  const message = `${reason || "the runtime said nothing"}${hintFor(said)}`;
  return new StartFailure(OTHER, message, "internal", said);
}

function hintFor(said: string): string {
  if (/rlimit/i.test(said))
    return ": the hard limit of shale itself is lower and may not be raised: ask for less, or start shale with more";
  if (!/mount.* to .*not a directory/i.test(said)) return "";
  return ": a directory cannot be mounted onto a file, nor a file onto a directory: check both paths";
}

function isMissing(said: string): boolean {
  return (
    /executable file (.* )?not found/.test(said) || /exec: ".*": stat .*: no such file/.test(said)
  );
}

/** Also what crun says of a command without a name. */
function isDenied(said: string): boolean {
  return /permission denied|open executable: operation not permitted/i.test(said);
}

function isExec(said: string): boolean {
  return /open executable|exec: "/.test(said);
}

/** The last error in a log of plain or JSON lines; empty when it holds warnings only. */
export function lastError(log: string): string {
  const messages = log.trim().split("\n").map(messageIn);
  return messages.findLast((message) => message !== "") ?? "";
}

/** Lines of JSON, or of logrus's text where a runtime writes to conmon. */
function messageIn(line: string): string {
  const [, text] = /^time=\S+ level=(?:error|fatal) msg=(".*")$/.exec(line) ?? [];
  if (text === undefined && !line.startsWith("{")) return line;
  try {
    if (text !== undefined) return String(JSON.parse(text));
    const { level, msg } = JSON.parse(line);
    return level === "error" || level === "fatal" ? String(msg) : "";
  } catch {
    return line;
  }
}
