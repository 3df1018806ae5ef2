import { printable } from "../output/index.ts";
import type { Transcript } from "./transcript.ts";

const RULE = "------";

/**
 * What is said of a failed step after the progress: its last output, the lines of the
 * Dockerfile, and how to look around in the files as they were before it. Empty for a failure
 * of no step.
 */
export function failureReport(transcript: Transcript): string {
  const { failure } = transcript;
  if (failure === undefined) return "";
  const { name, lines, rest } = transcript.step(failure.step);
  const output = [...lines, ...(rest === "" ? [] : [rest])].map(printable);
  const parts = [
    ...(output.length > 0 ? [RULE, ` > ${printable(name)}:`, ...output, RULE] : []),
    ...(failure.excerpt ? [printable(failure.excerpt)] : []),
    ...(failure.image ? [debugHint(failure.image)] : []),
  ];
  return parts.map((part) => `${part}\n`).join("");
}

function debugHint(image: string): string {
  const id = image.slice(image.indexOf(":") + 1).slice(0, 12);
  return `The files before this step are kept: shale run --rm -it ${id} sh`;
}
