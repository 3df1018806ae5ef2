import { fail } from "#errors";

/** Docker's `--disable-content-trust`, for command lines that have it: it always is. */
export const contentTrustFlag = {
  disableContentTrust: {
    type: "bool",
    default: true,
    hidden: true,
    help: "Skip image verification",
  },
} as const;

/** Signatures that somebody asks for are not silently left out. */
export function checkContentTrust({ disableContentTrust }: { disableContentTrust: boolean }): void {
  if (!disableContentTrust)
    fail(
      "unsupported",
      "Docker Content Trust is not supported: leave out --disable-content-trust=false",
    );
}
