import { expect } from "bun:test";
import { digestOf, types } from "./content.ts";
import { type Answer, locationOf, type Peer } from "./peer.ts";

/** A manifest was taken, and comes back as the bytes that were sent. */
export async function expectStored(
  peer: Peer,
  answer: Answer,
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string = types.manifest,
  digest = digestOf(bytes),
) {
  expect(answer.status).toBe(201);
  expect(answer.headers.get("docker-content-digest")).toBe(digest);
  const stored = await peer.ask("GET", locationOf(peer, answer));
  expect([stored.status, stored.headers.get("content-type")]).toEqual([200, mediaType]);
  expect(Buffer.compare(stored.body, bytes)).toBe(0);
}
