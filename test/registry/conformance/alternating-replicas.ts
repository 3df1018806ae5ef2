import { createRegistry, openStorage, type Registry } from "../../../src/registry/index.ts";
import { startPostgres } from "../postgres.ts";
import { startS3Server } from "../s3-server.ts";
import type { RunningRegistry } from "./registry-case.ts";

/**
 * Two replicas on one S3 store and one Postgres, in this process. Each request goes to the other
 * one than the last: what belongs together never meets the same replica by luck.
 */
export async function startAlternatingReplicas(): Promise<RunningRegistry> {
  await using started = new AsyncDisposableStack();
  const [postgres, s3] = await Promise.all([startPostgres(), startS3Server()]);
  started.use(postgres);
  started.use(s3);
  const options = {
    root: "/nonexistent",
    storage: `s3://${s3.bucket}/conformance`,
    database: postgres.database("conformance"),
    environment: s3.environment,
  };
  const replicas: Registry[] = [];
  for (let count = 0; count < 2; count += 1) {
    const { records, blobs } = started.use(await openStorage(options));
    replicas.push(createRegistry({ records, blobs }));
  }
  let turn = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch(request) {
      turn = (turn + 1) % replicas.length;
      return replicas[turn]?.fetch(request) ?? new Response(null, { status: 503 });
    },
  });
  started.defer(() => server.stop(true));
  const all = started.move();
  return {
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}
