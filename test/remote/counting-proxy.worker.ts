// The proxy itself, on a thread of its own: tests wait for programs without doing anything else.
import type { Socket } from "bun";

/** Bytes that are still to be passed on to the other side. */
interface Side {
  other: Socket<Side> | undefined;
  waiting: Uint8Array[];
  hasEnded: boolean;
}

/** Gives the port that it listens on; adds to `sent` what clients send. */
function serve(to: number, sent: BigInt64Array): number {
  const flush = (socket: Socket<Side>) => {
    const { waiting } = socket.data;
    while (waiting.length > 0) {
      const chunk = waiting[0]!;
      const written = socket.write(chunk);
      if (written < chunk.length) {
        waiting[0] = chunk.subarray(Math.max(0, written));
        return;
      }
      waiting.shift();
    }
    if (socket.data.hasEnded) socket.end();
  };
  const pass = (socket: Socket<Side>, chunk: Uint8Array) => {
    const { other } = socket.data;
    if (other === undefined) return;
    other.data.waiting.push(new Uint8Array(chunk));
    flush(other);
  };
  const end = ({ data: { other } }: Socket<Side>) => {
    if (other === undefined) return;
    other.data.hasEnded = true;
    flush(other);
  };
  const newSide = (): Side => ({ other: undefined, waiting: [], hasEnded: false });
  const server = Bun.listen<Side>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      async open(client) {
        client.data = newSide();
        client.pause();
        const upstream = await Bun.connect<Side>({
          ...{ hostname: "127.0.0.1", port: to, data: newSide() },
          socket: { data: pass, drain: flush, close: end },
        });
        upstream.data.other = client;
        client.data.other = upstream;
        client.resume();
      },
      data(client, chunk) {
        Atomics.add(sent, 0, BigInt(chunk.length));
        pass(client, chunk);
      },
      drain: flush,
      close: end,
    },
  });
  return server.port;
}

declare const self: Worker;
self.onmessage = ({ data: { to, sent } }: MessageEvent<{ to: number; sent: BigInt64Array }>) =>
  self.postMessage(serve(to, sent));
