import { expect } from "bun:test";
import { digestOf, randomBytes, types } from "./content.ts";
import { type Answer, codesOf, locationOf, type Peer, withQuery } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

const section = "Pushing a blob in chunks";

/** Spec, "Pushing a blob in chunks": order, resumption and what breaks it. */
export const pushChunks: readonly RegistryCase[] = [
  {
    section,
    name: "chunk after chunk; each answer says how far it is",
    async run(peer) {
      const bytes = randomBytes(3000);
      let answer = await begin(peer);
      for (const start of [0, 1024, 2048]) {
        const end = Math.min(start + 1024, bytes.length);
        answer = await sendChunk(peer, answer, bytes, start, end);
        expect(answer.status).toBe(202);
        expect(answer.headers.get("range")).toBe(`0-${end - 1}`);
      }
      await expectFinished(peer, await finish(peer, answer, bytes), bytes);
    },
  },
  {
    section,
    name: "the last chunk may come with the closing PUT",
    async run(peer) {
      const bytes = randomBytes(2500);
      const first = await sendChunk(peer, await begin(peer), bytes, 0, 2000);
      const done = await peer.ask("PUT", closing(peer, first, bytes), chunkOf(bytes, 2000, 2500));
      await expectFinished(peer, done, bytes);
    },
  },
  {
    section,
    name: "chunks without Content-Range are put at the end",
    async run(peer) {
      const bytes = randomBytes(900);
      let answer = await begin(peer);
      for (const start of [0, 300, 600]) {
        const body = bytes.slice(start, start + 300);
        answer = await peer.ask("PATCH", locationOf(peer, answer), { body });
        expect(answer.status).toBe(202);
      }
      await expectFinished(peer, await finish(peer, answer, bytes), bytes);
    },
  },
  ...[
    { what: "a gap", start: 2000, end: 3000 },
    { what: "the beginning once more", start: 0, end: 1000 },
    { what: "an overlap", start: 500, end: 1500 },
  ].flatMap(({ what, start, end }) =>
    ["PATCH", "PUT"].map((method) => ({
      section,
      name: `${what} by ${method} is 416 and changes nothing; the upload goes on where GET says`,
      async run(peer: Peer) {
        const bytes = randomBytes(3000);
        const first = await sendChunk(peer, await begin(peer), bytes, 0, 1000);
        const url = method === "PUT" ? closing(peer, first, bytes) : locationOf(peer, first);
        const refused = await peer.ask(method, url, chunkOf(bytes, start, end));
        expect(refused.status).toBe(416);
        const status = await peer.ask("GET", locationOf(peer, first));
        expect([status.status, status.headers.get("range")]).toEqual([204, "0-999"]);
        const rest = await sendChunk(peer, status, bytes, 1000, 3000);
        await expectFinished(peer, await finish(peer, rest, bytes), bytes);
      },
    })),
  ),
  {
    section,
    name: "the first chunk must begin at 0",
    async run(peer) {
      const begun = await begin(peer);
      const refused = await sendChunk(peer, begun, randomBytes(100), 10, 100);
      expect(refused.status).toBe(416);
    },
  },
  {
    section,
    name: "a Content-Range that is none, or not as long as the chunk, is refused and adds nothing",
    async run(peer) {
      const bytes = randomBytes(500);
      const url = locationOf(peer, await begin(peer));
      for (const range of ["all", "9-3", "0-499999", "0-10", "-5-3", "0-99999999999999999999"]) {
        const headers = { "Content-Type": types.octets, "Content-Range": range };
        const answer = await peer.ask("PATCH", url, { headers, body: bytes });
        expect(answer.status).toBeOneOf([400, 416]);
      }
      const sent = await sendChunk(peer, await peer.ask("GET", url), bytes, 0, 500);
      expect(sent.status).toBe(202);
      await expectFinished(peer, await finish(peer, sent, bytes), bytes);
    },
  },
  {
    section,
    name: "a broken upload goes on after its offset was asked for",
    async run(peer) {
      const bytes = randomBytes(4000);
      const first = await sendChunk(peer, await begin(peer), bytes, 0, 1500);
      const status = await peer.ask("GET", locationOf(peer, first));
      expect(status.status).toBe(204);
      const offset = Number(status.headers.get("range")?.split("-")[1]) + 1;
      expect(offset).toBe(1500);
      const rest = await sendChunk(peer, status, bytes, offset, 4000);
      await expectFinished(peer, await finish(peer, rest, bytes), bytes);
    },
  },
  {
    section,
    name: "chunks of another digest: refused, nothing is kept",
    async run(peer) {
      const bytes = randomBytes(2000);
      const wrong = digestOf("wrong");
      let answer = await sendChunk(peer, await begin(peer), bytes, 0, 1000);
      answer = await sendChunk(peer, answer, bytes, 1000, 2000);
      const done = await peer.ask("PUT", withQuery(locationOf(peer, answer), { digest: wrong }));
      expect([done.status, ...codesOf(done)]).toEqual([400, "DIGEST_INVALID"]);
      for (const digest of [wrong, digestOf(bytes)])
        expect((await peer.ask("HEAD", `blobs/${digest}`)).status).toBe(404);
    },
  },
  {
    section,
    name: "the algorithm need not be known at the beginning",
    async run(peer) {
      const bytes = randomBytes(1234);
      const sent = await sendChunk(peer, await begin(peer), bytes, 0, 1234);
      const digest = digestOf(bytes, "sha512");
      const done = await peer.ask("PUT", withQuery(locationOf(peer, sent), { digest }));
      expect([done.status, done.headers.get("docker-content-digest")]).toEqual([201, digest]);
    },
  },
];

async function begin(peer: Peer): Promise<Answer> {
  const answer = await peer.ask("POST", "blobs/uploads/");
  expect(answer.status).toBe(202);
  return answer;
}

function chunkOf(bytes: Uint8Array<ArrayBuffer>, start: number, end: number) {
  const headers = { "Content-Type": types.octets, "Content-Range": `${start}-${end - 1}` };
  return { headers, body: bytes.slice(start, end) };
}

function sendChunk(
  peer: Peer,
  after: Answer,
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): Promise<Answer> {
  return peer.ask("PATCH", locationOf(peer, after), chunkOf(bytes, start, end));
}

function closing(peer: Peer, after: Answer, bytes: Uint8Array): string {
  return withQuery(locationOf(peer, after), { digest: digestOf(bytes) });
}

function finish(peer: Peer, after: Answer, bytes: Uint8Array): Promise<Answer> {
  return peer.ask("PUT", closing(peer, after, bytes));
}

async function expectFinished(peer: Peer, done: Answer, bytes: Uint8Array<ArrayBuffer>) {
  expect(done.status).toBe(201);
  expect((await peer.ask("GET", locationOf(peer, done))).body).toEqual(bytes);
}
