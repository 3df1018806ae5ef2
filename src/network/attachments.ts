import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Endpoint, PublishedPort } from "./network.ts";

/** What an owner has, for those who make names, rules and documents of it. */
export interface StoredAttachment {
  readonly owner: string;
  /** What others call it: its container's name. */
  readonly name: string;
  /** By the name of the network. */
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly ports: readonly ForwardedPort[];
  /** Whom its name server asks for it, in place of the host's. */
  readonly nameservers: readonly string[];
}

/** A published port, and where its packets go. */
export interface ForwardedPort extends PublishedPort {
  readonly target: string;
}

/** A file for each container that is connected, in a directory that a reboot clears. */
export class Attachments {
  readonly #directory: string;

  constructor(runtimeDir: string) {
    this.#directory = join(runtimeDir, "attachments");
  }

  owners(): string[] {
    return existsSync(this.#directory) ? readdirSync(this.#directory).filter(isOwner) : [];
  }

  /** Those that can be read; one may go at any moment. */
  list(): StoredAttachment[] {
    return this.owners().flatMap((owner) => this.get(owner) ?? []);
  }

  get(owner: string): StoredAttachment | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#directory, owner), "utf8"));
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all: others read it while it is written. */
  put(attachment: StoredAttachment): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const path = join(this.#directory, attachment.owner);
    const next = join(this.#directory, `.${attachment.owner}.${process.pid}`);
    writeFileSync(next, JSON.stringify(attachment), { mode: 0o600 });
    renameSync(next, path);
  }

  delete(owner: string): void {
    rmSync(join(this.#directory, owner), { force: true });
  }
}

/** A name with a dot before it is being written. */
function isOwner(name: string): boolean {
  return !name.startsWith(".");
}
