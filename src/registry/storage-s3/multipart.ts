import { fail } from "#errors";
import type { S3Client } from "./s3-client.ts";
import type { Part } from "./upload-state.ts";
import { escapeXml, textOf } from "./xml.ts";

const MIB = 1 << 20;

/** What S3 takes as a part that is not the last one (5 MiB). */
export const LEAST_PART = 5 * MIB;

/**
 * Bytes of a part by its number. S3 takes 10,000 parts, Swift 1,000 unless told otherwise: growing
 * ones reach 44 GB there, and a terabyte on S3.
 */
export function partSize(number: number): number {
  return Math.min(128, 8 * (1 + Math.floor(number / 100))) * MIB;
}

/** Where parts come together: what S3 calls a multipart upload. */
export class Multipart {
  readonly #client: S3Client;
  readonly key: string;
  readonly uploadId: string;

  constructor(client: S3Client, key: string, uploadId: string) {
    this.#client = client;
    this.key = key;
    this.uploadId = uploadId;
  }

  static async begin(client: S3Client, key: string): Promise<Multipart> {
    const headers = { "content-type": "application/octet-stream" };
    const xml = await client.ask("POST", key, { query: { uploads: "" }, headers });
    const uploadId = textOf(xml, "UploadId");
    if (!uploadId) fail("unavailable", `storage: POST ${key}: an answer without an upload ID`);
    return new Multipart(client, key, uploadId);
  }

  async put(number: number, body: Uint8Array): Promise<Part> {
    const query = this.#part(number);
    const response = await this.#client.send("PUT", this.key, { query, body });
    await response.arrayBuffer();
    return { etag: this.#etag(response.headers.get("etag")), size: body.length };
  }

  /** Makes a part of an object of the same bucket, without the bytes coming here. */
  async copy(number: number, from: string, size: number): Promise<Part> {
    const xml = await this.#client.ask("PUT", this.key, {
      query: this.#part(number),
      headers: { "x-amz-copy-source": this.#client.source(from) },
    });
    return { etag: this.#etag(textOf(xml, "ETag")), size };
  }

  async complete(parts: readonly Part[]): Promise<void> {
    const list = parts.map(
      ({ etag }, at) =>
        `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(`"${etag}"`)}</ETag></Part>`,
    );
    await this.#client.ask("POST", this.key, {
      query: { uploadId: this.uploadId },
      headers: { "content-type": "application/xml" },
      body: `<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`,
    });
  }

  async abort(): Promise<void> {
    await this.#client.send("DELETE", this.key, { query: { uploadId: this.uploadId } });
  }

  #part(number: number): Record<string, string> {
    return { partNumber: String(number), uploadId: this.uploadId };
  }

  #etag(value: string | null | undefined): string {
    const etag = value?.replace(/^"|"$/g, "");
    return etag || fail("unavailable", `storage: PUT ${this.key}: an answer without an ETag`);
  }
}
