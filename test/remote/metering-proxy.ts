/** Passes requests on to a registry; counts the bytes of blobs and lets them through slowly. */
export interface MeteringProxy extends Disposable {
  readonly port: number;
  /** Bytes of blobs that were given away since the last reset. */
  readonly bytes: number;
  /** Counts from zero, and gives at most so many bytes a second. */
  reset(bytesPerSecond?: number): void;
  /** Waits until so many bytes were given away. */
  until(bytes: number): Promise<void>;
}

export function startMeteringProxy(to: string): MeteringProxy {
  let bytes = 0;
  let speed = Number.POSITIVE_INFINITY;
  async function* metered(body: AsyncIterable<Uint8Array>) {
    for await (const chunk of body) {
      if (Number.isFinite(speed)) await Bun.sleep((chunk.length / speed) * 1000);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const server = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0, idleTimeout: 60 },
    async fetch(request) {
      const url = new URL(request.url);
      const { method } = request;
      const headers = new Headers(request.headers);
      headers.delete("host");
      const answer = await fetch(`http://${to}${url.pathname}${url.search}`, { method, headers });
      const { status } = answer;
      const isBlob = url.pathname.includes("/blobs/") && method === "GET" && answer.body;
      if (!isBlob) return new Response(answer.body, { status, headers: answer.headers });
      return new Response(metered(answer.body!), { status, headers: answer.headers });
    },
  });
  return {
    port: server.port!,
    get bytes() {
      return bytes;
    },
    reset(bytesPerSecond = Number.POSITIVE_INFINITY) {
      bytes = 0;
      speed = bytesPerSecond;
    },
    async until(wanted) {
      while (bytes < wanted) await Bun.sleep(5);
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}
