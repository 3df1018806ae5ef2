import type { FlagValues } from "../flags/index.ts";
import { registryStorageFlags } from "../registry-storage.ts";

const HOUR = 3_600_000;

/** The flags of `registry serve`. */
export const serveFlags = {
  ...registryStorageFlags,
  listen: {
    type: "list",
    value: "address",
    help: "Address to listen on (HOST:PORT, :PORT, unix:PATH), may be repeated (default 127.0.0.1:5000)",
  },
  metricsListen: {
    type: "string",
    value: "address",
    help: "Address for /healthz and /metrics, in place of those of the registry",
  },
  tlsCert: { type: "string", value: "file", help: "Certificate (PEM)" },
  tlsKey: { type: "string", value: "file", help: "Private key of the certificate (PEM)" },
  tlsClientCa: {
    type: "string",
    value: "file",
    help: "Authorities of clients: who has no certificate of theirs is not let in",
  },
  htpasswd: { type: "string", value: "file", help: "Users and bcrypt hashes (htpasswd -B)" },
  tokenRealm: { type: "string", value: "url", help: "Where clients get tokens" },
  tokenService: { type: "string", value: "name", help: "What tokens must be made for (aud)" },
  tokenIssuer: { type: "string", value: "name", help: "Who must have made the tokens (iss)" },
  tokenJwks: {
    type: "string",
    value: "file|url",
    help: "Public keys of the issuer (JSON Web Key Set)",
  },
  rules: { type: "string", value: "file", help: "Who may do what with which repositories" },
  anonymousRead: { type: "bool", help: "Let everybody pull" },
  redirect: { type: "bool", help: "Send reads of blobs to the storage, where it offers that" },
  proxy: { type: "string", value: "url", help: "Be a pull-through cache of this registry" },
  proxyTtl: {
    type: "duration",
    default: 60_000,
    help: "How long a tag of the upstream is taken for what it was",
  },
  noDelete: { type: "bool", help: "Refuse to delete manifests, tags and blobs" },
  allowMissingBlobs: {
    type: "bool",
    help: "Take manifests whose blobs nobody has pushed",
  },
  maxManifestSize: { type: "bytes", default: 4 << 20, help: "Largest manifest" },
  maxBlobSize: { type: "bytes", help: "Largest blob (default: any)" },
  maxRequests: { type: "uint", default: 1000, help: "Most requests at once" },
  uploadTimeout: {
    type: "duration",
    default: 24 * HOUR,
    help: "Remove uploads that nobody goes on with after this time",
  },
  shutdownTimeout: {
    type: "duration",
    default: 60_000,
    help: "How long uploads may go on after SIGTERM",
  },
  gcInterval: {
    type: "duration",
    default: 24 * HOUR,
    help: "Time between two garbage collections, 0 for none",
  },
  gcGrace: {
    type: "duration",
    default: 24 * HOUR,
    help: "How long something must have been unused to be garbage",
  },
  log: {
    type: "enum",
    choices: ["json", "text", "none"],
    default: "json",
    help: 'Access log on standard output ("json", "text", "none")',
  },
} as const;

export type ServeFlags = FlagValues<typeof serveFlags>;
