import type { StoredFile } from "../blob-storage.ts";
import { uploadOfKey } from "./object-keys.ts";
import type { S3Client } from "./s3-client.ts";
import { elements, textOf } from "./xml.ts";

/** The query parameters of the next page, and what they are called in the page before it. */
type Markers = Readonly<Record<string, string>>;

const OBJECTS: Markers = { "continuation-token": "NextContinuationToken" };
const UPLOADS: Markers = {
  "key-marker": "NextKeyMarker",
  "upload-id-marker": "NextUploadIdMarker",
};

/** Everything of ours below the prefix: objects, and multipart uploads that are not complete. */
export async function* listStored(client: S3Client): AsyncGenerator<StoredFile> {
  for await (const page of pages(client, { "list-type": "2" }, OBJECTS))
    for (const object of elements(page, "Contents"))
      yield* storedAt(client, object, textOf(object, "LastModified"), "");
  for await (const page of pages(client, { uploads: "" }, UPLOADS))
    for (const upload of elements(page, "Upload"))
      yield* storedAt(client, upload, textOf(upload, "Initiated"), textOf(upload, "UploadId"));
}

async function* pages(
  client: S3Client,
  list: Readonly<Record<string, string>>,
  markers: Markers,
): AsyncGenerator<string> {
  const prefix = `${client.prefix}blobs/`;
  for (let from = "", query = { ...list, prefix }; ; ) {
    const page = await client.ask("GET", "", { query });
    yield page;
    if (textOf(page, "IsTruncated") !== "true") return;
    const next = Object.entries(markers).map(([name, element]) => [name, textOf(page, element)]);
    // A store that gives the same page again would keep us for ever.
    if (JSON.stringify(next) === from || next.some(([, value]) => !value)) return;
    from = JSON.stringify(next);
    query = { ...list, prefix, ...Object.fromEntries(next) };
  }
}

/** Nothing where the key is none that we would have chosen. */
function* storedAt(
  client: S3Client,
  xml: string,
  time: string | undefined,
  uploadId: string | undefined,
): Generator<StoredFile> {
  const key = textOf(xml, "Key") ?? "";
  const modified = Date.parse(time ?? "");
  const location = key.startsWith(client.prefix) ? key.slice(client.prefix.length) : "";
  const upload = uploadOfKey(location);
  if (upload === undefined || Number.isNaN(modified) || uploadId === undefined) return;
  const size = Number(textOf(xml, "Size") ?? 0);
  yield { location: uploadId ? `${location}#${uploadId}` : location, size, modified, upload };
}
