import { staticProgram } from "./hello-program.ts";

/**
 * A static x86-64 program that makes the system call of its arguments, and ends with the error's
 * number, 0 for none: `call 83 /x 511` is mkdir(2). Arguments that begin with a digit are
 * numbers, others texts.
 */
export function systemCallProgram(): Uint8Array {
  return staticProgram(Buffer.from(MACHINE_CODE, "hex"));
}

/** Reads argv into eight words on the stack, loads the registers, calls, exits. */
const MACHINE_CODE =
  "4c8d6424104883ec404889e731c0b908000000f348ab4531ed4b8b34ec4885f6742f0fb60683e83083f80977" +
  "1b31d20fb60684c0740f486bd20a83e8304801c248ffc6ebea4889d64a8934ec49ffc5ebc8488b0424488b7c" +
  "2408488b742410488b5424184c8b5424204c8b4424284c8b4c24300f0531ff4885c07904f7d889c7b83c0000" +
  "000f05";
