import { expect } from "bun:test";
import { type Algorithm, digestOf, pushBlob, randomBytes } from "./content.ts";
import { type Answer, codesOf, locationOf, type Peer, streamed, withQuery } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

/** Spec, "Push": blobs in one piece, streamed, mounted. Each of them for both algorithms. */
export const pushBlobs: readonly RegistryCase[] = [
  ...(["sha256", "sha512"] as const).flatMap(waysOfPushing),
  {
    section: "POST then PUT",
    name: "the upload's URL may have a query of its own, and the digest is added to it",
    async run(peer) {
      const bytes = randomBytes(99);
      const begun = await peer.ask("POST", "blobs/uploads/");
      expect(begun.status).toBe(202);
      const url = withQuery(locationOf(peer, begun), { note: "a b", digest: digestOf(bytes) });
      expect((await peer.ask("PUT", url, { body: bytes })).status).toBe(201);
      await expectBlob(peer, bytes);
    },
  },
  {
    section: "POST then PUT",
    name: "PUT without digest is refused and the upload is not a blob",
    async run(peer) {
      const begun = await peer.ask("POST", "blobs/uploads/");
      const answer = await peer.ask("PUT", locationOf(peer, begun), { body: randomBytes(5) });
      expect([answer.status, ...codesOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
    },
  },
  {
    section: "POST then PUT",
    name: "an upload that is finished, or was never begun, is unknown",
    async run(peer) {
      const bytes = randomBytes(7);
      const url = locationOf(peer, await peer.ask("POST", "blobs/uploads/"));
      const put = () =>
        peer.ask("PUT", withQuery(url, { digest: digestOf(bytes) }), { body: bytes });
      expect((await put()).status).toBe(201);
      for (const answer of [
        await put(),
        await peer.ask("GET", url),
        await peer.ask("GET", `blobs/uploads/${crypto.randomUUID()}`),
      ])
        expect([answer.status, ...codesOf(answer)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    },
  },
  {
    section: "POST then PUT",
    name: "an upload belongs to its repository",
    async run(peer) {
      const url = new URL(locationOf(peer, await peer.ask("POST", "blobs/uploads/")));
      const id = url.pathname.split("/").at(-1);
      const other = await peer.beside(`${peer.repository}-other`).ask("GET", `blobs/uploads/${id}`);
      expect(other.status).toBe(404);
    },
  },
  {
    section: "Pushing blobs",
    name: "a blob that is there already can be pushed again",
    async run(peer) {
      const bytes = randomBytes(77);
      await pushBlob(peer, bytes);
      await pushBlob(peer, bytes);
      await expectBlob(peer, bytes);
    },
  },
  {
    section: "Cancel a blob upload",
    name: "DELETE of an upload ends it",
    async run(peer) {
      const url = locationOf(peer, await peer.ask("POST", "blobs/uploads/"));
      expect((await peer.ask("PATCH", url, { body: randomBytes(100) })).status).toBe(202);
      expect((await peer.ask("DELETE", url)).status).toBe(204);
      for (const method of ["GET", "DELETE"])
        expect((await peer.ask(method, url)).status).toBe(404);
    },
  },
  {
    section: "Mounting a blob from another repository",
    name: "a blob of the named repository",
    async run(peer) {
      const bytes = randomBytes(512);
      const { digest } = await pushBlob(peer.beside(`${peer.repository}/source`), bytes);
      const answer = await peer.ask(
        "POST",
        `blobs/uploads/?mount=${digest}&from=${peer.repository}/source`,
      );
      expect(answer.status).toBe(201);
      expect(answer.headers.get("docker-content-digest")).toBe(digest);
      expect((await peer.ask("GET", locationOf(peer, answer))).body).toEqual(bytes);
    },
  },
  {
    section: "Mounting a blob from another repository",
    name: "without from: the registry finds it by itself",
    async run(peer) {
      const { digest } = await pushBlob(peer.beside(`${peer.repository}/source`), randomBytes(512));
      const answer = await peer.ask("POST", `blobs/uploads/?mount=${digest}`);
      expect(answer.status).toBeOneOf([201, 202]);
      expect((await peer.ask("HEAD", `blobs/${digest}`)).status).toBe(
        answer.status === 201 ? 200 : 404,
      );
    },
  },
  {
    section: "Mounting a blob from another repository",
    name: "what cannot be mounted becomes an upload",
    async run(peer) {
      const bytes = randomBytes(64);
      for (const from of ["&from=no/such", "", "&from=../../etc"]) {
        const begun = await peer.ask("POST", `blobs/uploads/?mount=${digestOf(bytes)}${from}`);
        expect(begun.status).toBe(202);
        const url = withQuery(locationOf(peer, begun), { digest: digestOf(bytes) });
        expect((await peer.ask("HEAD", `blobs/${digestOf(bytes)}`)).status).toBe(404);
        expect((await peer.ask("PUT", url, { body: bytes })).status).toBe(201);
        await peer.ask("DELETE", `blobs/${digestOf(bytes)}`);
      }
    },
  },
  {
    section: "Mounting a blob from another repository",
    name: "what was mounted outlives its source",
    async run(peer) {
      const source = peer.beside(`${peer.repository}/source`);
      const bytes = randomBytes(300);
      const { digest } = await pushBlob(source, bytes);
      await peer.ask("POST", `blobs/uploads/?mount=${digest}&from=${source.repository}`);
      expect((await source.ask("DELETE", `blobs/${digest}`)).status).toBe(202);
      await expectBlob(peer, bytes);
    },
  },
];

function waysOfPushing(algorithm: Algorithm): readonly RegistryCase[] {
  const way = (
    section: string,
    name: string,
    send: (peer: Peer, bytes: Uint8Array<ArrayBuffer>, digest: string) => Promise<Answer>,
  ): readonly RegistryCase[] => [
    {
      section,
      name: `${name} (${algorithm})`,
      async run(peer) {
        for (const size of [0, 2, 4099]) {
          const bytes = randomBytes(size);
          const answer = await send(peer, bytes, digestOf(bytes, algorithm));
          expect(answer.status).toBe(201);
          expect(answer.headers.get("docker-content-digest")).toBe(digestOf(bytes, algorithm));
          expect((await peer.ask("GET", locationOf(peer, answer))).body).toEqual(bytes);
          await expectBlob(peer, bytes, algorithm);
        }
      },
    },
    {
      section,
      name: `${name}, of another digest: refused, nothing is kept (${algorithm})`,
      async run(peer) {
        const bytes = randomBytes(1000);
        const wrong = digestOf("other bytes", algorithm);
        const answer = await send(peer, bytes, wrong);
        expect([answer.status, ...codesOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
        for (const digest of [wrong, digestOf(bytes, algorithm)])
          expect((await peer.ask("HEAD", `blobs/${digest}`)).status).toBe(404);
      },
    },
  ];
  return [
    ...way("POST then PUT", "a whole blob", async (peer, body, digest) => {
      const begun = await peer.ask("POST", "blobs/uploads/");
      return peer.ask("PUT", withQuery(locationOf(peer, begun), { digest }), { body });
    }),
    ...way("Single POST", "a whole blob", (peer, body, digest) =>
      peer.ask("POST", `blobs/uploads/?digest=${digest}`, { body }),
    ),
    ...way(
      "Pushing a blob in chunks",
      "streamed, without a length",
      async (peer, bytes, digest) => {
        const begun = await peer.ask("POST", "blobs/uploads/");
        const sent = await peer.ask("PATCH", locationOf(peer, begun), { body: streamed(bytes) });
        expect(sent.status).toBe(202);
        return peer.ask("PUT", withQuery(locationOf(peer, sent), { digest }));
      },
    ),
    ...way("POST then PUT", "streamed, without a length", async (peer, bytes, digest) => {
      const begun = await peer.ask("POST", "blobs/uploads/");
      const url = withQuery(locationOf(peer, begun), { digest });
      return peer.ask("PUT", url, { body: streamed(bytes) });
    }),
  ];
}

async function expectBlob(peer: Peer, bytes: Uint8Array, algorithm: Algorithm = "sha256") {
  const answer = await peer.ask("GET", `blobs/${digestOf(bytes, algorithm)}`);
  expect([answer.status, answer.body.length]).toEqual([200, bytes.length]);
  expect(answer.body).toEqual(bytes as Uint8Array<ArrayBuffer>);
}
