import { fail, KindedError, messageOf } from "#errors";

/** Throws what a failed file operation means to whoever uploads. */
export function failWriting(error: unknown): never {
  if (error instanceof KindedError) throw error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOSPC" || code === "EDQUOT")
    fail("unavailable", "the registry's disk is full; try again later", error);
  if (code === "EMFILE" || code === "ENFILE")
    fail("unavailable", "the registry has too many files open; try again later", error);
  if (code === "ENOENT") fail("not-found", "the upload is gone; begin it again", error);
  return fail("internal", `cannot write the blob: ${messageOf(error)}`, error);
}
