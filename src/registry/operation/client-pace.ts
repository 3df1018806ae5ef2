/** What of a server is needed to watch over one of its requests. */
export interface Clock {
  /** Closes the connection after as many seconds from now; 0: never. */
  timeout(request: Request, seconds: number): void;
}

/** Seconds a client may take for its body in any case. */
const GRACE = 30;
/** Bytes a second that it has to send after that, on average. */
const LEAST_RATE = 1024;

/**
 * Closes the connections of clients that send so slowly that they only keep us busy, and of no
 * others: the server's own time limit would also end uploads that take long because they are large,
 * and requests that wait for somebody else. Time counts only while we wait for the client.
 */
export function watchPace(request: Request, clock: Clock): void {
  clock.timeout(request, 0);
  if (request.body === null) return;
  const paced = pacedBody(request.body, (seconds) => clock.timeout(request, seconds));
  Object.defineProperty(request, "body", { value: paced });
}

function pacedBody(
  body: ReadableStream<Uint8Array>,
  limit: (seconds: number) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let waited = 0;
  let received = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const start = performance.now();
        const left = GRACE + received / LEAST_RATE - waited;
        limit(Math.min(255, Math.max(1, Math.ceil(left))));
        const { value, done } = await reader.read();
        limit(0);
        waited += (performance.now() - start) / 1000;
        received += value?.length ?? 0;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
