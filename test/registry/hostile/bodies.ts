import {
  digestOf,
  encode,
  imageIn,
  pushBlob,
  putManifest,
  randomBytes,
  textBytes,
  types,
} from "../conformance/content.ts";
import { type Answer, locationOf, type Peer, withQuery } from "../conformance/peer.ts";
import { randomFrom } from "../faults.ts";
import { type Outcome, outcomeOf, type Trick } from "./trick.ts";

const MIB = 1 << 20;

/** Puts manifests one after the other, and makes sure that none of them is there afterwards. */
async function put(peer: Peer, manifests: readonly Uint8Array<ArrayBuffer>[]): Promise<Outcome> {
  const answers: Answer[] = [];
  for (const bytes of manifests) {
    for (const reference of ["hostile", digestOf(bytes)])
      answers.push(await putManifest(peer, reference, bytes));
    for (const reference of ["hostile", digestOf(bytes)])
      if ((await peer.ask("HEAD", `manifests/${reference}`)).status !== 404)
        throw new Error(`a refused manifest is there: ${reference}`);
  }
  return outcomeOf(answers);
}

function nested(depth: number, open: string, close: string): Uint8Array<ArrayBuffer> {
  return textBytes(open.repeat(depth) + close.repeat(depth));
}

const MAY_BE_EMPTY = new Set([
  "layers null",
  "layers []",
  "subject null",
  "annotations null",
  "annotations {}",
]);

const absent = { mediaType: types.layer, digest: digestOf("absent"), size: 6 };

/** Manifests and blobs that are not what they say. */
export const bodyTricks: readonly Trick[] = [
  {
    name: "manifests of 5 MB and of 64 MB",
    verdict: "refused by their length alone",
    run: ({ peer }) =>
      put(
        peer,
        [5_000_000, 64 * MIB].map((size) =>
          textBytes(JSON.stringify({ filler: "x".repeat(size) })),
        ),
      ),
  },
  {
    name: "JSON of 5 MB that is sent without a length",
    verdict: "refused when the limit is passed",
    async run({ peer }) {
      const filler = textBytes(`{"a":"${"x".repeat(5_000_000)}"}`);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < filler.length; at += 65_536)
            controller.enqueue(filler.subarray(at, at + 65_536));
          controller.close();
        },
      });
      const headers = { "Content-Type": types.manifest };
      return outcomeOf([await peer.ask("PUT", "manifests/streamed", { headers, body })]);
    },
  },
  {
    name: "JSON nested 100,000 and 2,000,000 deep, alone and within a manifest",
    verdict: "refused, the process lives",
    async run({ peer }) {
      const image = JSON.stringify(await imageIn(peer)).slice(0, -1);
      const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
      return put(peer, [
        nested(100_000, "[", "]"),
        nested(300_000, '{"a":', "}"),
        nested(2_000_000, "[", "]"),
        textBytes(`${image},"layers":${deep(100_000)}}`),
        textBytes(`${image},"subject":${deep(1_000_000)}}`),
        textBytes("[".repeat(4 * MIB)),
      ]);
    },
  },
  {
    name: "manifests with missing children, 1 and 20,000 of them",
    verdict: "refused, at most 100 of them are named",
    async run({ peer }) {
      const image = await imageIn(peer);
      const many = Array.from({ length: 20_000 }, (_, at) => ({
        ...absent,
        digest: digestOf(`${at}`),
      }));
      return put(peer, [
        encode({ ...image, config: absent }),
        encode({ ...image, layers: [absent] }),
        encode({ ...image, layers: many }),
      ]);
    },
  },
  {
    name: "manifests whose fields are of the wrong kind",
    verdict: "refused",
    async run({ peer }) {
      const image = await imageIn(peer);
      const bad = [null, true, 1, "x", [], {}, [null], [[]], { length: 9 }];
      const fields = ["config", "layers", "subject", "annotations", "mediaType", "schemaVersion"];
      const wrong = fields.flatMap((field) => bad.map((value) => [field, value] as const));
      const isWrong = ([field, value]: readonly [string, unknown]) =>
        !MAY_BE_EMPTY.has(`${field} ${JSON.stringify(value)}`);
      return put(
        peer,
        wrong.filter(isWrong).map(([field, value]) => encode({ ...image, [field]: value })),
      );
    },
  },
  {
    name: "descriptors whose digest is a path, whose size is negative, broken or huge",
    verdict: "refused",
    async run({ peer }) {
      const image = await imageIn(peer);
      const { config } = image;
      const broken = [
        ...[
          "../../x",
          "sha256:../../etc/passwd",
          "sha256:",
          "SHA256:00",
          `md5:${"0".repeat(32)}`,
        ].map((digest) => ({ ...config, digest })),
        ...[-1, 0.5, 1e300, "600", null].map((size) => ({ ...config, size })),
      ];
      return put(
        peer,
        broken.flatMap((one) => [
          encode({ ...image, config: one }),
          encode({ ...image, layers: [one] }),
          encode({ ...image, subject: one }),
        ]),
      );
    },
  },
  {
    name: "keys like __proto__ and constructor",
    verdict: "kept as they are, they mean nothing",
    async run({ peer }) {
      const image = JSON.stringify(await imageIn(peer)).slice(0, -1);
      const keys = ["__proto__", "constructor", "toString"];
      const answers = [];
      for (const key of keys) {
        const bytes = textBytes(
          `${image},"annotations":{"${key}":"x"},"${key}":{"mediaType":"x"}}`,
        );
        answers.push(await putManifest(peer, "keys", bytes));
        const { body } = await peer.ask("GET", "manifests/keys");
        if (Buffer.compare(body, bytes) !== 0) throw new Error("it was not kept as it is");
      }
      await peer.ask("DELETE", "manifests/keys");
      return outcomeOf(answers);
    },
  },
  {
    name: "a blob of another digest, each way of sending it",
    verdict: "refused, the bytes go",
    async run({ peer }) {
      const answers: Answer[] = [];
      for (const algorithm of ["sha256", "sha512"] as const) {
        const wrong = digestOf("what it is not", algorithm);
        const body = randomBytes(100_000);
        const begin = async () => locationOf(peer, await peer.ask("POST", "blobs/uploads/"));
        answers.push(await peer.ask("POST", `blobs/uploads/?digest=${wrong}`, { body }));
        answers.push(await peer.ask("PUT", withQuery(await begin(), { digest: wrong }), { body }));
        const url = await begin();
        await peer.ask("PATCH", url, { body });
        answers.push(await peer.ask("PUT", withQuery(url, { digest: wrong })));
        answers.push(await peer.ask("GET", `blobs/${wrong}`));
      }
      return outcomeOf(answers);
    },
  },
  {
    name: "chunks at random places: gaps, overlaps, repetitions",
    verdict: "only the next one is taken, the blob is right",
    run: ({ peer }) => randomChunks(peer),
  },
  {
    name: "16 requests at once write to one upload",
    verdict: "one is taken, the blob is right",
    run: ({ peer }) => racingChunks(peer),
  },
  {
    name: "16 at once push the same blob, and the same tag",
    verdict: "all succeed",
    async run({ peer }) {
      const bytes = randomBytes(300_000);
      const times = Array.from({ length: 16 }, (_, at) => at);
      await Promise.all(times.map(() => pushBlob(peer, bytes)));
      const images = await Promise.all(times.map(() => imageIn(peer)));
      return outcomeOf(await Promise.all(images.map((image) => putManifest(peer, "race", image))));
    },
  },
];

/** 300 chunks, most of them wrong, against a model of what the upload holds. */
async function randomChunks(peer: Peer): Promise<Outcome> {
  const random = randomFrom(7);
  const bytes = randomBytes(40_000);
  const url = locationOf(peer, await peer.ask("POST", "blobs/uploads/"));
  const answers: Answer[] = [];
  let offset = 0;
  while (answers.length < 300) {
    const isNext = random() < 0.1;
    const start = isNext ? offset : Math.floor(random() * bytes.length);
    const end = Math.min(bytes.length, start + 1 + Math.floor(random() * 2000));
    if (start >= end) break;
    const headers = { "Content-Range": `${start}-${end - 1}` };
    const answer = await peer.ask("PATCH", url, { headers, body: bytes.slice(start, end) });
    if ((answer.status === 202) !== (start === offset)) throw new Error(`${start} at ${offset}`);
    if (start === offset) offset = end;
    answers.push(answer);
  }
  const rest = {
    headers: { "Content-Range": `${offset}-${bytes.length - 1}` },
    body: bytes.slice(offset),
  };
  const done = await peer.ask(
    "PUT",
    withQuery(url, { digest: digestOf(bytes) }),
    offset < bytes.length ? rest : {},
  );
  if (done.status !== 201) throw new Error(`the blob is wrong: ${done.status}`);
  return outcomeOf(answers);
}

async function racingChunks(peer: Peer): Promise<Outcome> {
  const answers: Answer[] = [];
  for (let rounds = 0; rounds < 5; rounds += 1) {
    const bytes = randomBytes(200_000);
    const url = locationOf(peer, await peer.ask("POST", "blobs/uploads/"));
    const headers = { "Content-Range": `0-${bytes.length - 1}` };
    const sent = Array.from({ length: 16 }, () => peer.ask("PATCH", url, { headers, body: bytes }));
    const all = await Promise.all(sent);
    if (all.filter(({ status }) => status === 202).length !== 1)
      throw new Error("not one was taken");
    answers.push(...all);
    const done = await peer.ask("PUT", withQuery(url, { digest: digestOf(bytes) }));
    if (done.status !== 201) throw new Error(`the blob is wrong: ${done.status}`);
  }
  return outcomeOf(answers);
}
