import { readFile } from "node:fs/promises";
import { fail, messageOf } from "#errors";

/** Paths of PEM files. */
export interface TlsFiles {
  /** The certificate, and those between it and its authority. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities of clients: who has no certificate of theirs is not let in. */
  readonly clientCa?: string;
}

/** What `Bun.serve` takes. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
}

/**
 * Reads certificates and checks that they belong together. Fails with `not-found` or
 * `invalid-argument` that names the file.
 */
export async function loadTls(files: TlsFiles): Promise<Tls> {
  const [cert, key] = await Promise.all([readPem(files.certificate), readPem(files.key)]);
  const ca = files.clientCa === undefined ? undefined : await readPem(files.clientCa);
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const certificate = understood(files.certificate, "certificate", () => new X509Certificate(cert));
  const { createPrivateKey } = process.getBuiltinModule("node:crypto");
  const privateKey = understood(files.key, "private key", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    fail(
      "invalid-argument",
      `the key in ${files.key} is not that of the certificate in ${files.certificate}`,
    );
  if (ca === undefined) return { cert, key };
  understood(files.clientCa ?? "", "certificate", () => new X509Certificate(ca));
  return { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") fail("not-found", `open ${path}: no such file or directory`, error);
    return fail("permission-denied", `cannot read ${path}: ${code}`, error);
  }
}

function understood<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return fail("invalid-argument", `${path}: no ${what} in PEM form: ${messageOf(error)}`, error);
  }
}
