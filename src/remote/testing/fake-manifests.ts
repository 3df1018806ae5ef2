import type { ServerResponse } from "node:http";
import { digestOf } from "#oci";
import { bodyOf, type FakeContent, type FakeRequest, refuse } from "./fake-exchange.ts";

export async function answerManifest(
  { manifests }: FakeContent,
  { repository, reference }: { repository: string; reference: string },
  { method, headers, incoming }: FakeRequest,
  response: ServerResponse,
): Promise<void> {
  const key = `${repository}${reference.includes(":") ? "@" : ":"}${reference}`;
  if (method === "PUT") {
    const bytes = await bodyOf(incoming);
    const manifest = { mediaType: headers["content-type"] ?? "", bytes };
    const digest = digestOf(bytes);
    for (const name of [key, `${repository}@${digest}`]) manifests.set(name, manifest);
    return void response.writeHead(201, { "Docker-Content-Digest": digest }).end();
  }
  const manifest = manifests.get(key);
  if (manifest === undefined) return refuse(response, 404, "MANIFEST_UNKNOWN");
  if (method === "DELETE") {
    manifests.delete(key);
    return void response.writeHead(202).end();
  }
  response.writeHead(200, {
    "Content-Type": manifest.mediaType,
    "Content-Length": manifest.bytes.length,
    "Docker-Content-Digest": digestOf(manifest.bytes),
  });
  response.end(method === "HEAD" ? undefined : manifest.bytes);
}

/** Tags of a repository, or all repositories: two to a page, so that pages are needed. */
export function answerList(
  { manifests }: FakeContent,
  repository: string,
  { url }: FakeRequest,
  response: ServerResponse,
): void {
  const names = [...manifests.keys()]
    .filter((key) => !key.includes("@"))
    .map((key) => key.split(":"));
  const tags = names.filter(([name]) => name === repository).map(([, tag]) => tag);
  const all = repository === "" ? [...new Set(names.map(([name]) => name))] : tags;
  const last = url.searchParams.get("last");
  const rest = all.sort().filter((name) => last === null || name! > last);
  if (rest.length > 2)
    response.setHeader("Link", `<${url.pathname}?n=2&last=${rest[1]}>; rel="next"`);
  response.end(JSON.stringify({ [repository === "" ? "repositories" : "tags"]: rest.slice(0, 2) }));
}
