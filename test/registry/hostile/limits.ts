import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  digestOf,
  encode,
  imageIn,
  pushBlob,
  putManifest,
  randomBytes,
  textBytes,
} from "../conformance/content.ts";
import { type Answer, locationOf, type Peer, streamed, withQuery } from "../conformance/peer.ts";
import { openConnection, requestText, sendRaw } from "./raw-http.ts";
import { answerOf, answersTo, type Outcome, outcomeOf, type Target, type Trick } from "./trick.ts";

export const LIMITS = { blob: 1_000_000, manifest: 65_536, requests: 100 } as const;
const USER = "writer";
const PASSWORD = "the right one";
const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;

/** A line of an htpasswd file for who may write. */
export async function writerLine(): Promise<string> {
  return `${USER}:${await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 10 })}\n`;
}

/** The same repository for who may write. */
export function signedIn(peer: Peer): Peer {
  const Authorization = basic(USER, PASSWORD);
  return {
    ...peer,
    ask: (method, path, ask = {}) =>
      peer.ask(method, path, { ...ask, headers: { Authorization, ...ask.headers } }),
    beside: (repository) => signedIn(peer.beside(repository)),
  };
}

const authorizations = [
  ...["Basic", "Basic ", "Basic ====", "Basic Og==", `Basic ${btoa("writer")}`, "Digest x", "x"],
  ...[basic(USER, ""), basic("", PASSWORD), basic(USER, `${PASSWORD} `), basic("Writer", PASSWORD)],
  ...[basic(USER, "\u0000"), basic(USER, "x".repeat(8000)), basic("__proto__", "x")],
  ...["Bearer", "Bearer x.y.z", `Bearer ${"a".repeat(8000)}`, "Bearer eyJhbGciOiJub25lIn0.e30."],
];

/** The three ways that bytes come in, each with more of them than the registry takes. */
async function tooLarge(peer: Peer): Promise<Answer[]> {
  const body = randomBytes(LIMITS.blob + 1);
  const digest = digestOf(body);
  const begin = async () => locationOf(peer, await peer.ask("POST", "blobs/uploads/"));
  const url = await begin();
  const half = body.slice(0, LIMITS.blob >> 1);
  await peer.ask("PATCH", url, { body: half });
  return [
    await peer.ask("POST", `blobs/uploads/?digest=${digest}`, { body }),
    await peer.ask("PUT", withQuery(await begin(), { digest }), { body }),
    await peer.ask("PATCH", await begin(), { body: streamed(body) }),
    await peer.ask("PATCH", url, { body: body.slice(half.length) }),
    await peer.ask("GET", `blobs/${digest}`),
  ];
}

/** What is asked of a registry by somebody who may only read. */
function writes({ repository }: Peer, authorization: string): string[] {
  const headers = authorization === "" ? {} : { authorization };
  const blob = `/v2/${repository}/blobs/${digestOf("x")}`;
  return [
    requestText("POST", `/v2/${repository}/blobs/uploads/?digest=${digestOf("x")}`, headers, "x"),
    requestText("PUT", `/v2/${repository}/manifests/x`, headers, "{}"),
    requestText("DELETE", `/v2/${repository}/manifests/kept`, headers),
    requestText("DELETE", blob, headers),
  ];
}

async function expectKept(target: Target): Promise<void> {
  const { status } = await target.peer.ask("GET", "manifests/kept");
  if (status !== 200) throw new Error("a refused request has changed something");
}

/** Against a registry with passwords and small limits. */
export const limitTricks: readonly Trick[] = [
  {
    name: "blobs larger than `--max-blob-size`, whole, streamed and in chunks",
    verdict: "refused; an upload never has more on the disk than a blob may",
    run: async ({ peer }) => outcomeOf(await tooLarge(signedIn(peer))),
  },
  {
    name: "manifests larger than `--max-manifest-size`, with and without a length",
    verdict: "refused",
    async run({ peer }) {
      const writer = signedIn(peer);
      const bytes = textBytes(`{"x":"${"x".repeat(LIMITS.manifest)}"}`);
      return outcomeOf([
        await putManifest(writer, "large", bytes),
        await writer.ask("PUT", "manifests/large", { body: streamed(bytes) }),
      ]);
    },
  },
  {
    name: "writes without a password, with wrong ones, with headers that are none",
    verdict: "refused, nothing changes",
    async run(target) {
      await putManifest(
        signedIn(target.peer),
        "kept",
        encode(await imageIn(signedIn(target.peer))),
      );
      const requests = ["", ...authorizations].flatMap((each) => writes(target.peer, each));
      const outcome = await answersTo(target.host, requests);
      await expectKept(target);
      return outcome;
    },
  },
  {
    name: "60 wrong passwords at once",
    verdict: "refused; who needs no password is answered meanwhile, who has signed in can push",
    async run({ host, peer }) {
      const path = `/v2/${peer.repository}/tags/list`;
      await pushBlob(signedIn(peer), randomBytes(10));
      const guesses = Array.from({ length: 60 }, (_, at) => basic(USER, `guess ${at}`));
      const sent = guesses.map((authorization) =>
        sendRaw(host, requestText("GET", path, { authorization }), 20_000),
      );
      await Bun.sleep(50);
      const start = performance.now();
      const { status } = await sendRaw(
        host,
        requestText("GET", `/v2/${peer.repository}/tags/list`),
      );
      await pushBlob(signedIn(peer), randomBytes(10));
      const took = performance.now() - start;
      if (status >= 500 || took > 1000) throw new Error(`${status} after ${took} ms`);
      const seen = new Set((await Promise.all(sent)).map(answerOf));
      return { tried: sent.length, answers: [...seen].toSorted().join(", ") };
    },
  },
  {
    name: "more requests at once than `--max-requests`",
    verdict: "others are told to come back, and are served when those have gone",
    run: tooManyRequests,
  },
];

async function tooManyRequests({ host, peer }: Target): Promise<Outcome> {
  const writer = signedIn(peer);
  const authorization = basic(USER, PASSWORD);
  // One after the other: none of these may meet the limit.
  const begun: Answer[] = [];
  while (begun.length < LIMITS.requests + 20)
    begun.push(await writer.ask("POST", "blobs/uploads/"));
  const connections = begun.map((answer) => {
    const { pathname } = new URL(locationOf(peer, answer));
    const connection = openConnection(host);
    connection.send(requestText("PATCH", pathname, { authorization, "content-length": "99" }));
    return connection;
  });
  await Bun.sleep(200);
  const during = await sendRaw(host, requestText("GET", "/v2/"));
  for (const connection of connections) connection[Symbol.dispose]();
  await Bun.sleep(200);
  const after = await sendRaw(host, requestText("GET", `/v2/${peer.repository}/tags/list`));
  if (!/^retry-after: \d/im.test(during.text)) throw new Error("nobody says when to come back");
  if (after.status >= 500) throw new Error("no service any more");
  return { tried: connections.length, answers: answerOf(during) };
}

/** Bytes of the largest file that an upload has left on the disk. */
export function largestUpload(root: string): number {
  const files = readdirSync(join(root, "uploads")).map((name) => join(root, "uploads", name));
  return Math.max(0, ...files.map((file) => statSync(file).size));
}
