import type { AccessControl, OpenedStorage, ServeOptions } from "#registry";
import type { CommandContext } from "../context.ts";
import { noticeText, openCredentials, openRemote } from "../remote.ts";
import type { ServeFlags } from "./flags.ts";

/** A client waits for us, and can be told to come again: so upstream is not waited for as long. */
const RETRY = { tries: 3, baseMs: 200, mostMs: 2000 };

/** The pull-through cache that `--proxy` asks for. */
export async function openProxy(
  context: CommandContext,
  url: string,
  flags: ServeFlags,
  { records, blobs }: OpenedStorage,
  access: AccessControl | undefined,
): Promise<NonNullable<ServeOptions["wrap"]>> {
  const { createPullThrough, parseUpstream } = await import("#registry");
  const upstream = parseUpstream(url);
  const warn = (message: string) => context.stderr.write(`${message}\n`);
  const { maxBlobSize, proxyTtl: tagLifetime } = flags;
  const remote = await openRemote({
    environment: context.environment,
    ...{ mirrors: [], insecure: [] },
    credentials: await openCredentials(context.environment, warn),
    onNotice: (notice) => notice.kind === "retry" || warn(noticeText(notice)),
    adapt: (registries) => upstream.configured(registries),
    retry: RETRY,
  });
  return (registry, hooks) =>
    createPullThrough({
      ...{ registry, records, blobs, upstream, remote, tagLifetime, ...hooks },
      ...(access && { authorizer: access }),
      ...(maxBlobSize !== undefined && { mostBlobBytes: maxBlobSize }),
    });
}
