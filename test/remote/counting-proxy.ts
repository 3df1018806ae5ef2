/** Passes bytes on to a port of this machine and counts those that go there. */
export interface CountingProxy extends Disposable {
  readonly port: number;
  /** Bytes that clients have sent so far. */
  sent(): number;
}

export async function startCountingProxy(to: number): Promise<CountingProxy> {
  const sent = new BigInt64Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL("counting-proxy.worker.ts", import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage({ to, sent });
  return {
    port: await promise,
    sent: () => Number(Atomics.load(sent, 0)),
    [Symbol.dispose]: () => worker.terminate(),
  };
}
