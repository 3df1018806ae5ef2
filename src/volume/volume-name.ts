import { fail } from "#errors";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** A volume's name as it is; fails with `invalid-argument`, in Docker's words, when it cannot be one. */
export function checkVolumeName(name: string): string {
  if (name.length === 1)
    fail(
      "invalid-argument",
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  if (!NAME.test(name))
    fail(
      "invalid-argument",
      `create ${name}: "${name}" includes invalid characters for a local volume name, ` +
        'only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. ' +
        "If you intended to pass a host directory, use absolute path",
    );
  return name;
}

/** 64 hex digits that no other volume has. */
export function generateVolumeName(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
}
