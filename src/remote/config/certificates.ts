import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "#bytes";
import { fail, messageOf } from "#errors";
import type { Endpoint } from "../registries-config.ts";

/**
 * The certificates for one host (containers-certs.d(5)): of authorities (`*.crt`), and of the
 * client with its key (`NAME.cert`, `NAME.key`).
 */
export function readCertificates(
  directories: readonly string[],
  location: string,
): Pick<Endpoint, "ca" | "clientCertificate"> {
  const ca: string[] = [];
  let clientCertificate: Endpoint["clientCertificate"];
  for (const directory of directories) {
    const home = join(directory, location);
    const names = listed(home);
    for (const name of names.filter((one) => one.endsWith(".crt"))) ca.push(read(join(home, name)));
    clientCertificate ??= clientPair(home, names);
  }
  return { ...(ca.length > 0 && { ca }), ...(clientCertificate && { clientCertificate }) };
}

function clientPair(home: string, names: readonly string[]): Endpoint["clientCertificate"] {
  const certificate = names.find((name) => name.endsWith(".cert"));
  if (certificate === undefined) return undefined;
  const key = certificate.replace(/cert$/, "key");
  if (!names.includes(key))
    return fail(
      "invalid-argument",
      `missing key ${key} for client certificate ${certificate} in ${home}; ` +
        "certificates of authorities must be named *.crt",
    );
  return { certificate: read(join(home, certificate)), key: read(join(home, key)) };
}

function listed(home: string): readonly string[] {
  return attempt(home, () => namesIn(home).sort());
}

function read(path: string): string {
  return attempt(path, () => readFileSync(path, "utf8"));
}

function attempt<T>(path: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    return fail("invalid-argument", `cannot read ${path}: ${messageOf(error)}`, error);
  }
}
