import { readdirSync, readFileSync } from "node:fs";
import { digestOf, pushBlob, randomBytes } from "../conformance/content.ts";
import { locationOf, type Peer } from "../conformance/peer.ts";
import { openConnection, requestText, sendRaw } from "./raw-http.ts";
import { answerOf, answersTo, type Outcome, type Target, type Trick } from "./trick.ts";

/** The registry still answers others, soon. */
async function expectService({ host }: Target): Promise<void> {
  const start = performance.now();
  const { status } = await sendRaw(host, requestText("GET", "/v2/"));
  if (status !== 200 || performance.now() - start > 2000) throw new Error("no service any more");
}

/** Opens connections, lets `work` do something to each, and looks whether others are still served. */
async function many(
  target: Target,
  count: number,
  work: (send: (text: string) => void, at: number) => Promise<unknown>,
): Promise<Outcome> {
  const connections = Array.from({ length: count }, () => openConnection(target.host));
  await Promise.all(connections.map(({ send }, at) => work(send, at)));
  await expectService(target);
  for (const connection of connections) connection[Symbol.dispose]();
  await expectService(target);
  await closed(target.pid);
  return { tried: count, answers: "others are answered at once" };
}

/** Waits until the registry has let go of the connections. */
async function closed(pid: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (openFiles(pid) < 100) return;
    await Bun.sleep(20);
  }
  throw new Error(`${openFiles(pid)} files are open`);
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** MiB of memory that a process has in use. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

function upload(peer: Peer, headers: Record<string, string>, body = ""): string {
  return requestText("POST", `/v2/${peer.repository}/blobs/uploads/`, headers, body);
}

/** What is no HTTP, or more of it than anybody needs. */
export const connectionTricks: readonly Trick[] = [
  {
    name: "what is no HTTP: noise, TLS, lines without end, broken headers",
    verdict: "refused by the HTTP parser",
    run: ({ host }) =>
      answersTo(host, [
        "\u0000\u0001\u0002\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n",
        "GET /v2/\r\n\r\n",
        "GET /v2/ HTTP/9.9\r\nhost: x\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nhost x\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nhost: x\r\n: empty\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nhost: x\r\nbad\u0000name: y\r\n\r\n",
        "GE T /v2/ HTTP/1.1\r\nhost: x\r\n\r\n",
      ]),
  },
  {
    name: "a target of 1 MB, a header of 1 MB, 20,000 headers",
    verdict: "refused before they are read to the end",
    run: ({ host }) =>
      answersTo(host, [
        requestText("GET", `/v2/${"a".repeat(1 << 20)}`),
        requestText("GET", "/v2/", { filler: "x".repeat(1 << 20) }),
        requestText(
          "GET",
          "/v2/",
          Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`x-${at}`, "y"])),
        ),
      ]),
  },
  {
    name: "two lengths, a length and chunks, lengths that are none: a second request hidden in the first",
    verdict: "one request, one answer",
    async run({ host, peer }) {
      const hidden = `DELETE /v2/${peer.repository}/manifests/hidden HTTP/1.1\r\nhost: x\r\n\r\n`;
      const heads = [
        { "content-length": "4\r\ncontent-length: 900" },
        { "content-length": "4", "transfer-encoding": "chunked" },
        { "transfer-encoding": "chunked, identity" },
        { "transfer-encoding": "xchunked" },
        { "content-length": "-1" },
        { "content-length": "+4" },
        { "content-length": "0x4" },
        { "content-length": "99999999999999999999" },
        { "content-length": "4 4" },
      ];
      const seen = new Set<string>();
      for (const headers of heads) {
        const answer = await sendRaw(host, `${upload(peer, headers)}0\r\n\r\n${hidden}`);
        if (answer.text.split("HTTP/1.1 ").length > 2) throw new Error("two answers");
        seen.add(
          answer.status === 202 ? "202" : answer.status === 0 ? "closed" : String(answer.status),
        );
      }
      return { tried: heads.length, answers: [...seen].toSorted().join(", ") };
    },
  },
  {
    name: "chunked coding whose sizes are none or far too large",
    verdict: "the connection is closed, nothing is kept",
    async run({ host, peer }) {
      const sizes = ["zz", "-5", "ffffffffffffffffff", "5;".padEnd(200_000, "x"), ""];
      const seen = new Set<string>();
      for (const size of sizes) {
        const url = new URL(locationOf(peer, await peer.ask("POST", "blobs/uploads/")));
        const head = requestText("PATCH", url.pathname, { "transfer-encoding": "chunked" });
        seen.add(answerOf(await sendRaw(host, `${head}${size}\r\nabc\r\n`)));
        const status = await peer.ask("GET", url.href);
        if (status.headers.get("range") !== "0-0") throw new Error("something was kept");
      }
      return { tried: sizes.length, answers: [...seen].toSorted().join(", ") };
    },
  },
  {
    name: "uploads that announce 1 GB, send 10 bytes and hang up",
    verdict: "the 10 bytes are there to go on with, nothing else",
    async run({ host, peer }) {
      const times = 20;
      for (let at = 0; at < times; at += 1) {
        const url = new URL(locationOf(peer, await peer.ask("POST", "blobs/uploads/")));
        using connection = openConnection(host);
        const headers = { "content-length": String(1 << 30) };
        connection.send(`${requestText("PATCH", url.pathname, headers)}0123456789`);
        await Bun.sleep(10);
        connection[Symbol.dispose]();
        await expectOffset(peer, url.href, "0-9");
      }
      return { tried: times, answers: "0-9" };
    },
  },
  {
    name: "a Range of 500 parts, all of them the whole blob",
    verdict: "the blob once, or none",
    async run({ peer }) {
      const { digest, size } = await pushBlob(peer, randomBytes(100_000));
      const headers = { Range: `bytes=${Array.from({ length: 500 }, () => "0-").join(",")}` };
      const answer = await peer.ask("GET", `blobs/${digest}`, { headers });
      if (answer.body.length > size) throw new Error("more bytes than there are");
      return { tried: 1, answers: String(answer.status) };
    },
  },
  {
    name: "layers of a manifest with urls of hosts inside",
    verdict: "the registry fetches nothing",
    async run({ peer }) {
      let hits = 0;
      await using inside = Bun.serve({
        port: 0,
        fetch() {
          hits += 1;
          return new Response();
        },
      });
      const config = await pushBlob(peer, randomBytes(10), { mediaType: "application/x" });
      const urls = [`http://127.0.0.1:${inside.port}/`, "file:///etc/passwd", "gopher://x"];
      const layer = { ...config, digest: digestOf("elsewhere"), urls };
      const manifest = { schemaVersion: 2, config, layers: [layer] };
      const headers = { "Content-Type": "application/vnd.oci.image.manifest.v1+json" };
      const body = JSON.stringify(manifest);
      const { status } = await peer.ask("PUT", "manifests/urls", { headers, body });
      await peer.ask("GET", `blobs/${layer.digest}`);
      await Bun.sleep(50);
      return { tried: urls.length, answers: `${status}, ${hits} fetched` };
    },
  },
  {
    name: "slowloris: 300 connections that send a header line every 100 ms, and never the last",
    verdict: "others are served meanwhile",
    run: (target) =>
      many(target, 300, async (send) => {
        send("GET /v2/ HTTP/1.1\r\nhost: x\r\n");
        for (let at = 0; at < 8; at += 1) {
          await Bun.sleep(100);
          send(`x-${at}: y\r\n`);
        }
      }),
  },
  {
    name: "300 uploads that send a byte every 100 ms",
    verdict: "others are served meanwhile",
    async run(target) {
      const { peer } = target;
      const url = () =>
        peer.ask("POST", "blobs/uploads/").then((answer) => locationOf(peer, answer));
      const urls = await Promise.all(Array.from({ length: 300 }, url));
      return many(target, urls.length, async (send, at) => {
        const { pathname } = new URL(urls[at] ?? "");
        send(requestText("PATCH", pathname, { "content-length": "1000000" }));
        for (let times = 0; times < 5; times += 1) {
          await Bun.sleep(100);
          send("x");
        }
      });
    },
  },
  {
    name: "500 connections that say nothing",
    verdict: "others are served meanwhile",
    run: (target) => many(target, 500, () => Bun.sleep(100)),
  },
  {
    name: "100 clients that ask for 20 MB and read none of it",
    verdict: "others are served meanwhile, memory does not grow with them",
    async run(target) {
      const { peer, pid } = target;
      const { digest } = await pushBlob(peer, randomBytes(20 << 20));
      const before = memoryOf(pid);
      const outcome = await many(target, 100, async (send) => {
        send(requestText("GET", `/v2/${peer.repository}/blobs/${digest}`));
        await Bun.sleep(500);
      });
      const grown = memoryOf(pid) - before;
      if (grown > 400) throw new Error(`${grown} MiB for clients that do not read`);
      return outcome;
    },
  },
  {
    name: "2,000 uploads that are begun and left",
    verdict: "a record each; gone after `--upload-timeout`",
    async run({ peer }) {
      const statuses = new Set<number>();
      for (let rounds = 0; rounds < 20; rounds += 1) {
        const begun = Array.from({ length: 100 }, () => peer.ask("POST", "blobs/uploads/"));
        for (const { status } of await Promise.all(begun)) statuses.add(status);
      }
      return { tried: 2000, answers: [...statuses].join(", ") };
    },
  },
];

async function expectOffset(peer: Peer, url: string, range: string): Promise<void> {
  let seen: string | null = null;
  for (let tries = 0; tries < 50 && seen !== range; tries += 1) {
    seen = (await peer.ask("GET", url)).headers.get("range");
    if (seen !== range) await Bun.sleep(10);
  }
  if (seen !== range) throw new Error(`the upload is at ${seen} in place of ${range}`);
}
