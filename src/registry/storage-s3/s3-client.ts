import { AwsV4Signer } from "aws4fetch";
import { KindedError, messageOf } from "#errors";
import { S3Error } from "./s3-error.ts";
import { MOST_XML } from "./xml.ts";

export interface S3Options {
  readonly bucket: string;
  /** What all keys begin with; a directory's name, say. */
  readonly prefix?: string;
  /** `https://host[:port]`; AWS's own for the region when absent. */
  readonly endpoint?: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The bucket is in the path, not in the host's name; true when absent and an endpoint is given. */
  readonly pathStyle?: boolean;
  /** How often a request is tried while it fails in a way that may pass; 8 when absent. */
  readonly attempts?: number;
}

export interface S3Request {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

interface SentRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;
/** Until an answer begins. Completing a large upload takes S3 minutes, but it answers before that. */
const TIMEOUT_MS = 120_000;

/**
 * Signed requests to one bucket (AWS Signature Version 4), retried while failures may pass. A key is
 * what comes after the prefix; without a key the request is the bucket's.
 */
export class S3Client {
  readonly #base: URL;
  readonly #identity: Omit<ConstructorParameters<typeof AwsV4Signer>[0], "url">;
  readonly #bucket: string;
  readonly #attempts: number;
  /** Ends with a slash, unless it is empty. */
  readonly prefix: string;

  constructor({ region, accessKeyId, secretAccessKey, sessionToken, ...where }: S3Options) {
    this.#bucket = where.bucket;
    this.#attempts = where.attempts ?? ATTEMPTS;
    this.prefix = (where.prefix ?? "").replace(/^\/+|\/+$/g, "").replace(/.$/, "$&/");
    this.#base = baseUrl(region, where);
    this.#identity = {
      ...{ region, accessKeyId, secretAccessKey, service: "s3", cache: new Map() },
      ...(sessionToken !== undefined && { sessionToken }),
    };
  }

  /** The answer, when it is a good one; fails with {@link S3Error} or `unavailable` else. */
  send(method: string, key: string, request: S3Request = {}): Promise<Response> {
    return this.#retry(method, key, request, async (response) => response);
  }

  /** The answer's XML. */
  ask(method: string, key: string, request: S3Request = {}): Promise<string> {
    return this.#retry(method, key, request, async (response, what) => {
      const xml = await textWithin(response);
      // S3 may notice late that it failed: after it has said status 200.
      if (/<Error[\s>]/.test(xml)) throw new S3Error(what, response.status, xml);
      return xml;
    });
  }

  /** An address that anybody can read the object from for `seconds`. */
  async presign(key: string, seconds: number): Promise<string> {
    const url = this.#url(key, { "X-Amz-Expires": String(seconds) });
    const identity = { ...this.#identity, method: "GET", signQuery: true };
    return (await new AwsV4Signer({ ...identity, url }).sign()).url.href;
  }

  /** An object as the source of a copy. */
  source(key: string): string {
    return encodePath(`/${this.#bucket}/${this.prefix}${key}`);
  }

  async #retry<T>(
    method: string,
    key: string,
    { query, ...request }: S3Request,
    read: (response: Response, what: string) => Promise<T>,
  ): Promise<T> {
    const what = `storage: ${method} ${key || this.#bucket}`;
    const url = this.#url(key, query);
    const body = typeof request.body === "string" ? Buffer.from(request.body) : request.body;
    // The store compares what arrived with this, so that no byte changes on the way unnoticed.
    const headers = { ...request.headers, "x-amz-content-sha256": await sha256(body) };
    const init = { method, headers, ...(body && { body: body as Uint8Array<ArrayBuffer> }) };
    for (let attempt = 1; ; attempt++) {
      try {
        return await read(await this.#once(what, url, init), what);
      } catch (thrown) {
        const error = thrown instanceof KindedError ? thrown : unreachable(what, thrown);
        if (attempt === this.#attempts || error.kind !== "unavailable") throw error;
      }
      await Bun.sleep(
        Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)),
      );
    }
  }

  async #once(what: string, url: string, init: SentRequest): Promise<Response> {
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), TIMEOUT_MS);
    try {
      const { method, headers } = init;
      const signer = new AwsV4Signer({ ...this.#identity, url, method, headers });
      const response = await fetch(url, {
        ...init,
        headers: (await signer.sign()).headers,
        signal: timer.signal,
        redirect: "manual",
        decompress: false,
      });
      if (response.ok) return response;
      throw new S3Error(what, response.status, await textWithin(response));
    } finally {
      clearTimeout(timeout);
    }
  }

  #url(key: string, query: Readonly<Record<string, string>> = {}): string {
    const path = encodePath(`${this.prefix}${key}`);
    const search = new URLSearchParams(query).toString().replaceAll("+", "%20");
    const base = this.#base.href.replace(/\/$/, "");
    return `${base}${key === "" ? "" : `/${path}`}${search && `?${search}`}`;
  }
}

function baseUrl(region: string, where: Pick<S3Options, "bucket" | "endpoint" | "pathStyle">): URL {
  const { bucket, endpoint } = where;
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  // A certificate for `*.s3…` covers no bucket with dots in its name.
  if (where.pathStyle ?? (endpoint !== undefined || bucket.includes("."))) {
    url.pathname = `${url.pathname.replace(/\/$/, "")}/${bucket}`;
  } else {
    url.hostname = `${bucket}.${url.hostname}`;
  }
  return url;
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

async function sha256(body: Uint8Array = new Uint8Array()): Promise<string> {
  // Beside this thread, unlike Bun's own hasher: a part has megabytes.
  const hash = await crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>);
  return Buffer.from(hash).toString("hex");
}

async function textWithin(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_XML) throw new Error("the answer has no end");
  }
  return text;
}

function unreachable(what: string, thrown: unknown): KindedError {
  return new KindedError("unavailable", `${what}: ${messageOf(thrown)}; is it up?`, thrown);
}
