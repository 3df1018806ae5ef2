/** Where systems keep their certificate authorities; the first that exists is theirs. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** PEM texts: the system's authorities, the runtime's own where the system has none. */
export async function systemAuthorities(): Promise<readonly string[]> {
  for (const path of BUNDLES) {
    const file = Bun.file(path);
    if (await file.exists()) return [await file.text()];
  }
  const { rootCertificates } = await import("node:tls");
  return rootCertificates;
}
