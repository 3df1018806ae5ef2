export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Ask {
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | string;
}

/** A client of one repository that does what it is told, right or wrong. */
export interface Peer {
  readonly registry: string;
  readonly repository: string;
  /** `path` is one below `/v2/<repository>/`, a path of the host (`/…`) or a URL. Redirects are followed. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** The same registry, another repository. */
  beside(repository: string): Peer;
}

export function createPeer(registry: string, repository: string): Peer {
  const base = `${registry}/v2/${repository}/`;
  return {
    registry,
    repository,
    async ask(method, path, { headers = {}, body } = {}) {
      const init = { method, headers, ...(body !== undefined && { body }) };
      const response = await fetch(new URL(path, base), init);
      return {
        status: response.status,
        headers: new Headers(response.headers),
        body: new Uint8Array(await response.arrayBuffer()),
      };
    },
    beside: (other) => createPeer(registry, other),
  };
}

export function jsonOf<T>(answer: Answer): T {
  return JSON.parse(new TextDecoder().decode(answer.body)) as T;
}

/** The codes of an error's body. */
export function codesOf(answer: Answer): string[] {
  return jsonOf<{ errors: { code: string }[] }>(answer).errors.map(({ code }) => code);
}

/** The URL that an answer leads to. */
export function locationOf(peer: Peer, answer: Answer): string {
  const location = answer.headers.get("location");
  if (location === null) throw new Error(`status ${answer.status} without Location`);
  return new URL(location, peer.registry).href;
}

export function withQuery(url: string, query: Record<string, string>): string {
  const result = new URL(url);
  for (const [name, value] of Object.entries(query)) result.searchParams.set(name, value);
  return result.href;
}

/** A body without announced length: it is sent in HTTP's chunked coding. */
export function streamed(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const half = bytes.length >> 1;
  const parts = [bytes.subarray(0, half), bytes.subarray(half)].filter(({ length }) => length > 0);
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
  });
}
