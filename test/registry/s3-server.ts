// A real S3-compatible store for tests: Debian's OpenStack Swift with its s3api.
import { join } from "node:path";

/** What is needed to use the store, by the names that AWS's own tools read. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  readonly environment: Readonly<Record<string, string>>;
}

// Debian's own Python is the one that has Debian's Swift.
const PYTHON = "/usr/bin/python3";

/** Starts it on free ports, with one empty bucket. It goes with the test process, come what may. */
export async function startS3Server(bucket = "registry"): Promise<S3Server> {
  const server = Bun.spawn([PYTHON, join(import.meta.dir, "s3-server.py")], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const port = await firstLine(server.stdout);
  const endpoint = `http://127.0.0.1:${port}`;
  await createBucket(endpoint, bucket);
  return {
    endpoint,
    bucket,
    environment: {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: credentials.region,
    },
    async [Symbol.asyncDispose]() {
      server.stdin.end();
      await server.exited;
    },
  };
}

export const credentials = {
  accessKeyId: "test:tester",
  secretAccessKey: "testing",
  region: "us-east-1",
};

async function createBucket(endpoint: string, bucket: string): Promise<void> {
  const { AwsClient } = await import("aws4fetch");
  const client = new AwsClient({ ...credentials, service: "s3" });
  const response = await client.fetch(`${endpoint}/${bucket}`, { method: "PUT" });
  if (!response.ok) throw new Error(`bucket: ${response.status} ${await response.text()}`);
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString();
    if (text.endsWith("\n")) return text.trim();
  }
  throw new Error("the S3 server did not start");
}
