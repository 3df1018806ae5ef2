import { connect, type Socket } from "node:net";

export interface RawAnswer {
  /** 0 when the connection closed without one. */
  readonly status: number;
  readonly text: string;
}

/** A connection that sends what it likes. */
export interface RawConnection extends Disposable {
  send(bytes: string | Uint8Array): void;
  /** The answer so far, when it is whole, the connection has closed or `ms` have passed. */
  answer(ms?: number): Promise<RawAnswer>;
  readonly isClosed: boolean;
}

const MOST = 1 << 20;

export function openConnection(host: string): RawConnection {
  const [hostname = "", port = ""] = host.split(":");
  const socket: Socket = connect({ host: hostname, port: Number(port) });
  let text = "";
  let isClosed = false;
  let changed = Promise.withResolvers<void>();
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  socket.on("data", (bytes: Buffer) => {
    if (text.length < MOST) text += bytes.toString("latin1");
    change();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    isClosed = true;
    change();
  });
  return {
    send: (bytes) => void (socket.destroyed || socket.write(bytes)),
    async answer(ms = 2000) {
      const end = Date.now() + ms;
      while (!isClosed && !isWhole(text) && Date.now() < end)
        await Promise.race([changed.promise, Bun.sleep(end - Date.now())]);
      return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0), text };
    },
    get isClosed() {
      return isClosed;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Whether a head is there, with as much of a body as it announces. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1];
  return length === undefined || text.length - head - 4 >= Number(length);
}

/** One request, exactly as written, on a connection of its own. */
export async function sendRaw(
  host: string,
  bytes: string | Uint8Array,
  ms?: number,
): Promise<RawAnswer> {
  using connection = openConnection(host);
  connection.send(bytes);
  return await connection.answer(ms);
}

/** A request whose path nobody has put in order on the way. */
export function requestText(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = "",
): string {
  const sent = {
    host: "registry.test",
    connection: "close",
    ...(body !== "" && { "content-length": String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, "", body].join("\r\n");
}
