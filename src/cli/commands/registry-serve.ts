import type { AccessControl, Address, OpenedStorage, ServeOptions, TlsFiles } from "#registry";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../flags/index.ts";
import { type ServeFlags, serveFlags } from "../registry-server/flags.ts";
import { openProxy } from "../registry-server/open-proxy.ts";
import { runServer } from "../registry-server/run-server.ts";
import { accessOptions, tlsFiles, warningsOf } from "../registry-server/server-options.ts";
import { openRegistryStorage } from "../registry-storage.ts";

const DEFAULT_LISTEN = "127.0.0.1:5000";

export default defineCommand({
  usage: "[OPTIONS] [ROOT]",
  summary: "Serve a registry",
  description:
    "Images are kept below ROOT, by default in registry/ of the store. Needs nothing else.\n" +
    "SIGHUP reads certificates, users and rules again; SIGTERM ends when uploads are done.",
  args: { max: 1 },
  flags: serveFlags,
  async run(context: CommandContext, { flags, args }): Promise<number> {
    const { isLocal, openAccess, parseAddress, serveRegistry } = await import("#registry");
    const tls = tlsFiles(flags, context.directory);
    const accessFlags = accessOptions(flags, context.directory);
    const listen = flags.listen.length > 0 ? flags.listen : [DEFAULT_LISTEN];
    const addresses = listen.map(parseAddress);
    const metricsListen = flags.metricsListen && parseAddress(flags.metricsListen);
    const access = accessFlags && (await openAccess(accessFlags));
    await using opened = await openRegistryStorage(context, args[0], flags);
    const safety = { hasTls: tls !== undefined, hasAccess: access !== undefined };
    for (const warning of warningsOf(addresses, isLocal, safety))
      context.stderr.write(`WARNING: ${warning}\n`);
    const wrap = flags.proxy && (await openProxy(context, flags.proxy, flags, opened, access));
    await using server = await serveRegistry({
      ...serveOptions(context, flags, opened, addresses),
      ...securityOptions(tls, access),
      ...(metricsListen && { metricsListen }),
      ...(wrap && { wrap }),
    });
    const place = flags.proxy ? ` as a cache of ${flags.proxy}` : "";
    context.stderr.write(`listening on ${server.addresses.join(", ")}${place}\n`);
    if (server.metricsAddress) context.stderr.write(`metrics on ${server.metricsAddress}\n`);
    return await runServer(server, context.stderr, flags.shutdownTimeout);
  },
});

function serveOptions(
  context: CommandContext,
  flags: ServeFlags,
  { records, blobs }: OpenedStorage,
  listen: readonly Address[],
): Omit<ServeOptions, "tls" | "access" | "wrap"> {
  const { maxManifestSize: manifest, maxBlobSize: blob, redirect } = flags;
  const { noDelete, allowMissingBlobs } = flags;
  const { uploadTimeout, gcInterval, gcGrace, log, maxRequests: mostPending } = flags;
  const limits = { manifest, ...(blob !== undefined && { blob }) };
  return {
    registry: { records, blobs, limits, redirect, allowDelete: !noDelete, allowMissingBlobs },
    ...{ listen, log, uploadTimeout, gcInterval, gcGrace, mostPending },
    output: (lines) => context.stdout.write(lines),
    onProblem: (message) => context.stderr.write(`${message}\n`),
  };
}

function securityOptions(
  tls: TlsFiles | undefined,
  access: AccessControl | undefined,
): Pick<ServeOptions, "tls" | "access"> {
  return { ...(tls && { tls }), ...(access && { access }) };
}
