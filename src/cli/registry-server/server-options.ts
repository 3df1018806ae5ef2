import { resolve } from "node:path";
import type { AccessOptions, Address, TlsFiles } from "#registry";
import { UsageError } from "../flags/index.ts";
import type { ServeFlags } from "./flags.ts";

const BAD_USAGE = 125;

/** What flags say of certificates. */
export function tlsFiles(flags: ServeFlags, directory: string): TlsFiles | undefined {
  const { tlsCert, tlsKey, tlsClientCa } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    refuse("--tls-cert and --tls-key are needed together");
  if (tlsCert === undefined || tlsKey === undefined) {
    if (tlsClientCa !== undefined) refuse("--tls-client-ca needs --tls-cert and --tls-key");
    return undefined;
  }
  return {
    certificate: resolve(directory, tlsCert),
    key: resolve(directory, tlsKey),
    ...(tlsClientCa !== undefined && { clientCa: resolve(directory, tlsClientCa) }),
  };
}

/** What flags say of who may do what; undefined: everybody may do everything. */
export function accessOptions(flags: ServeFlags, directory: string): AccessOptions | undefined {
  const { htpasswd, rules, anonymousRead } = flags;
  const token = tokenOptions(flags, directory);
  if (htpasswd !== undefined && token) refuse("--htpasswd and --token-… exclude each other");
  if (anonymousRead && rules !== undefined)
    refuse("--anonymous-read and --rules exclude each other: write the rule '@everyone pull **'");
  if (htpasswd === undefined && !token && rules === undefined && !anonymousRead) return undefined;
  return {
    anonymousRead,
    ...(htpasswd !== undefined && { htpasswd: resolve(directory, htpasswd) }),
    ...(token && { token }),
    ...(rules !== undefined && { rules: resolve(directory, rules) }),
  };
}

function tokenOptions(flags: ServeFlags, directory: string): AccessOptions["token"] {
  const { tokenRealm: realm, tokenService: service, tokenIssuer: issuer, tokenJwks: jwks } = flags;
  const all = [realm, service, issuer, jwks];
  if (all.every((value) => value === undefined)) return undefined;
  if (!realm || !service || !issuer || !jwks)
    return refuse(
      "--token-realm, --token-service, --token-issuer and --token-jwks are needed together",
    );
  const isUrl = /^https?:\/\//.test(jwks);
  return { realm, service, issuer, jwks: isUrl ? jwks : resolve(directory, jwks) };
}

/** What an operator should know of before somebody else does. */
export function warningsOf(
  addresses: readonly Address[],
  isLocal: (address: Address) => boolean,
  { hasTls, hasAccess }: { hasTls: boolean; hasAccess: boolean },
): string[] {
  if (addresses.every(isLocal)) return [];
  const open = "everybody who reaches this registry can push to it: see --htpasswd and --rules";
  const plain =
    "without --tls-cert, passwords and images are sent as plain text: serve it behind something that adds TLS";
  return [...(hasAccess ? [] : [open]), ...(hasTls ? [] : [plain])];
}

function refuse(message: string): never {
  throw new UsageError(`${message}\nSee 'shale registry serve --help'.`, BAD_USAGE);
}
