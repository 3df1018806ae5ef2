import type { ContentStore } from "#content";
import { fail, messageOf } from "#errors";
import { type Digest, hexOf } from "#oci";
import type { FactTable, Lease } from "#state";
import type { TarTime } from "#tar";
import type { StepLog } from "../../solver/step-log.ts";

/** A fetched file, kept in the content store under its digest. */
export interface FetchedFile {
  /** What it is called in a directory. */
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
  readonly mtime: TarTime;
}

interface Remembered extends FetchedFile {
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface FetchOptions {
  readonly content: ContentStore;
  readonly facts: FactTable;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

const NAMESPACE = "build-fetched";
const UNNAMED = "download";

/**
 * Fetches what ADD names by a URL. A server that says by ETag or Last-Modified that nothing
 * changed is believed while the file is still here. Fails with `unavailable` or `not-found`.
 */
export async function fetchUrl(url: string, options: FetchOptions): Promise<FetchedFile> {
  const known = recall(url, options);
  const response = await request(url, known, options.signal);
  if (response.status === 304 && known !== undefined) return known;
  if (!response.ok) failStatus(url, response);
  const file = await receive(url, response, options);
  options.facts.put(NAMESPACE, url, JSON.stringify(file));
  return file;
}

/** Fails with `data-loss` when the file is not the one that `--checksum` promises. */
export function checkFetched(file: FetchedFile, expected: Digest | undefined, url: string): void {
  if (expected === undefined || expected === file.digest) return;
  fail("data-loss", `digest mismatch for ${url}: ${file.digest} (expected: ${expected})`);
}

/** Shows the fetch in the log of its step. */
export function describeFetch(file: FetchedFile, log: StepLog): void {
  log.detail(
    `fetched ${file.name} (${file.size} bytes, sha256:${hexOf(file.digest).slice(0, 12)})`,
  );
}

function recall(url: string, { facts, content, lease }: FetchOptions): Remembered | undefined {
  const text = facts.get(NAMESPACE, url);
  if (text === undefined) return undefined;
  const known = JSON.parse(text) as Remembered;
  lease.hold("blob", known.digest);
  return content.stat(known.digest) === undefined ? undefined : known;
}

async function request(
  url: string,
  known: Remembered | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const headers = {
    "accept-encoding": "identity",
    ...(known?.etag && { "if-none-match": known.etag }),
    ...(known?.lastModified && { "if-modified-since": known.lastModified }),
  };
  try {
    return await fetch(url, { headers, signal, redirect: "follow" });
  } catch (error) {
    signal.throwIfAborted();
    return fail("unavailable", `failed to fetch ${url}: ${messageOf(error)}`, error);
  }
}

async function receive(
  url: string,
  response: Response,
  { content, lease, signal }: FetchOptions,
): Promise<Remembered> {
  await using ingestion = content.ingest();
  for await (const chunk of response.body ?? []) {
    signal.throwIfAborted();
    ingestion.write(chunk);
  }
  const announce = (digest: Digest) => lease.hold("blob", digest);
  const { digest, size } = await ingestion.commit({ announce });
  const etag = response.headers.get("etag");
  const lastModified = response.headers.get("last-modified");
  return {
    name: nameOf(url, response),
    digest,
    size,
    mtime: { seconds: secondsOf(lastModified), nanoseconds: 0 },
    ...(etag && { etag }),
    ...(lastModified && { lastModified }),
  };
}

/** The last name of the URL's path, else what the server calls it. */
function nameOf(url: string, response: Response): string {
  const path = decodeOr(new URL(url).pathname);
  const last = path.slice(path.lastIndexOf("/") + 1);
  if (isFileName(last)) return last;
  const disposition = response.headers.get("content-disposition") ?? "";
  const named = /filename="?([^";]+)"?/i.exec(disposition)?.[1]?.split("/").at(-1) ?? "";
  return isFileName(named) ? named : UNNAMED;
}

function isFileName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

function decodeOr(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function secondsOf(date: string | null): number {
  const milliseconds = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(milliseconds) ? 0 : Math.floor(milliseconds / 1000);
}

function failStatus(url: string, response: Response): never {
  const kind = response.status === 404 ? "not-found" : "unavailable";
  return fail(kind, `failed to fetch ${url}: invalid response status ${response.status}`);
}
