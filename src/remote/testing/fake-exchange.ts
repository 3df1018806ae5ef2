import type { IncomingMessage, ServerResponse } from "node:http";

/** What has arrived of uploads, by their id. */
export type Uploads = Map<string, Buffer>;

/** What a fake registry holds; tests may fill and change it. */
export interface FakeContent {
  readonly blobs: Map<string, Uint8Array>;
  /** By `repository:tag` and `repository@digest`. */
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>;
  readonly uploads: Uploads;
}

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly incoming: IncomingMessage;
}

/** Answers in the registry's place; false: the registry answers. */
export type Script = (request: FakeRequest, response: ServerResponse) => boolean | Promise<boolean>;

/** The spec's error body. */
export function refuse(response: ServerResponse, status: number, code: string, message = ""): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(
    JSON.stringify({
      errors: [{ code, message: message || code.toLowerCase().replaceAll("_", " ") }],
    }),
  );
}

/** The whole body of a request. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
