import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "#errors";
import { lockFile, requireTool } from "#kernel";
import type { Attachments, StoredAttachment } from "./attachments.ts";
import { isBehindSlirp, runInHome, SLIRP } from "./home.ts";
import type { Endpoint } from "./network.ts";

const PROGRAM = "aardvark-dns";
/** The server's own file between those of the networks. */
const PID_FILE = "aardvark.pid";
const PORT = 53;
const SHORT_ID = 12;
/** Nothing can be sent there: who has no way out gets no answers from outside either. */
const NOWHERE = "255.255.255.255";
const PORT_HEX = "0035";
/** In the runtime directory: the digest of what it has been told of last. */
const SERVED = "dns.served";
const PAUSE_MS = 2;
const MOST_PAUSES = 1000;
/** After that it is one that keeps its sockets. */
const MOST_RENEWAL_PAUSES = 25;

/**
 * The name server of a store's user-defined networks: an aardvark-dns that answers on each one's
 * gateway with what the others there are called, and asks the host's name servers for the rest.
 * It reads a file for each network, again when it is told to, and ends when there is none left.
 */
export class NameServer {
  readonly #directory: string;
  readonly #runtimeDir: string;
  readonly #attachments: Attachments;

  constructor(runtimeDir: string, attachments: Attachments) {
    this.#runtimeDir = runtimeDir;
    this.#directory = join(runtimeDir, "dns");
    this.#attachments = attachments;
  }

  /** Writes the files of these endpoints' networks anew; `reload` makes them count. */
  update(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints)
      if (endpoint.nameserver !== undefined) this.#writeFile(endpoint);
  }

  /**
   * Has it serve what the files say, starts it when it is not at work, and waits until it does.
   * Those who come together are served together: with each change it stops answering for a moment.
   * Nothing is waited for when all is well.
   */
  async reload(): Promise<void> {
    if (this.#isUpToDate()) return;
    await using _ = await lockFile(join(this.#runtimeDir, "dns.lock"), "exclusive");
    if (this.#isUpToDate()) return;
    const { digest, servers } = this.#files();
    writeFileSync(join(this.#runtimeDir, SERVED), digest);
    const before = this.#sockets(servers);
    if (this.#pid() !== undefined) this.#tell();
    else if (servers.length > 0) await this.#start();
    await this.#waitFor(servers, before);
  }

  #isUpToDate(): boolean {
    const { digest, servers } = this.#files();
    if (servers.length === 0) return this.#pid() === undefined;
    return this.#pid() !== undefined && readText(join(this.#runtimeDir, SERVED)) === digest;
  }

  /** What is to be served, in short, and where. */
  #files(): { digest: string; servers: string[] } {
    const names = namesIn(this.#directory).filter((name) => name !== PID_FILE);
    const texts = names.sort().map((name) => readText(join(this.#directory, name)));
    const digest = new Bun.CryptoHasher("sha256").update(texts.join("\0")).digest("hex");
    return { digest, servers: texts.flatMap((text) => text.split("\n")[0] || []) };
  }

  async #start(): Promise<void> {
    const program = requireTool(PROGRAM);
    await runInHome([program, "--config", this.#directory, "--port", `${PORT}`, "run"]);
  }

  /** Until it answers everywhere, by new sockets if it opens such for each change. */
  async #waitFor(servers: readonly string[], before: readonly string[]): Promise<void> {
    for (let pause = 0; ; pause++) {
      const now = this.#sockets(servers);
      const isRenewed = now.every((socket) => !before.includes(socket));
      if (now.length >= servers.length && (isRenewed || pause > MOST_RENEWAL_PAUSES)) return;
      if (pause === MOST_PAUSES)
        fail("unavailable", `${PROGRAM} does not answer on ${servers}: does another server?`);
      await sleep(PAUSE_MS);
    }
  }

  /** Others may write the same file at the same time: the last one has to know of all. */
  #writeFile(endpoint: Endpoint): void {
    const path = join(this.#directory, endpoint.network!);
    for (let written: string | undefined; ; ) {
      const text = fileText(endpoint, this.#attachments.list());
      if (text === written) return;
      if (text === "") rmSync(path, { force: true });
      else this.#replace(path, text);
      written = text;
    }
  }

  /** The new file comes from outside of the directory: all that is in there is read. */
  #replace(path: string, text: string): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const next = join(this.#runtimeDir, `.dns.${process.pid}`);
    writeFileSync(next, text, { mode: 0o600 });
    renameSync(next, path);
  }

  #tell(): void {
    try {
      const pid = this.#pid();
      if (pid !== undefined) process.kill(pid, "SIGHUP");
    } catch {
      // It has ended in this moment.
    }
  }

  /** Its process, which shows by its arguments that it is the one: pids are used again. */
  #pid(): number | undefined {
    try {
      const pid = Number(readFileSync(join(this.#directory, PID_FILE), "utf8"));
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return command.includes(this.#directory) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  /** The sockets by which it answers in these places (`inode` of /proc/net/udp). */
  #sockets(servers: readonly string[]): string[] {
    const places = new Set(servers.map((address) => `${hexOf(address)}:${PORT_HEX}`));
    const rows = readText(`/proc/${this.#pid()}/net/udp`)
      .split("\n")
      .map((line) => line.trim().split(/\s+/));
    return rows.flatMap(([, place = "", , , , , , , , inode = ""]) =>
      places.has(place) ? [inode] : [],
    );
  }
}

/** A line with the gateways, and one for each container; nothing when there is none. */
function fileText({ network, nameserver }: Endpoint, all: readonly StoredAttachment[]): string {
  const lines = all.flatMap((attachment) =>
    Object.values(attachment.endpoints)
      .filter((endpoint) => endpoint.network === network)
      .map((endpoint) => containerLine(attachment, endpoint)),
  );
  return lines.length > 0 ? [nameserver, ...lines.sort(), ""].join("\n") : "";
}

function containerLine({ owner, name, endpoints, nameservers }: StoredAttachment, own: Endpoint) {
  const names = new Set([name, owner.slice(0, SHORT_ID), ...(own.aliases ?? [])]);
  const isCutOff = Object.values(endpoints).every(({ gateway }) => gateway === "");
  const servers = isCutOff ? [NOWHERE] : nameservers.length > 0 ? nameservers : homeServers();
  const fields = [owner, own.address, own.address6 ?? "", [...names].join(",")];
  return [...fields, ...(servers.length > 0 ? [servers.join(",")] : [])].join(" ");
}

/** It asks the host's by itself, but for an ordinary user it cannot reach those on the loopback. */
function homeServers(): readonly string[] {
  return isBehindSlirp() ? [SLIRP.nameserver] : [];
}

/** As /proc/net/udp has it: the bytes backwards. */
function hexOf(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return bytes.reverse().join("").toUpperCase();
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
