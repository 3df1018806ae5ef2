import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "#bytes";
import { fail } from "#errors";
import { connectPackets, type PacketSocket, type WindowSize } from "#kernel";
import type { OutputSink } from "./child-streams.ts";

/** conmon's packets: one byte that says which stream, then as much as it reads at once. */
const STDERR = 3;
const LARGEST_PACKET = 8192 + 1;
const LARGEST_INPUT = 8192;
const RESIZE = 1;

export interface AttachOptions {
  /** Where nothing is given, the container's input is neither written nor ended. */
  readonly stdin?: Bytes;
  /** Of a container with a terminal, all output comes here. */
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
}

/** A connection to the streams of a supervised container. */
export class Attachment implements Disposable {
  readonly #socket: PacketSocket;
  #outcome: "ended" | "detached" = "ended";
  /** Resolves when the container has ended and all its output has come, or when detached. */
  readonly done: Promise<"ended" | "detached">;

  constructor(directory: string, options: AttachOptions) {
    this.#socket = connectPackets(join(directory, "attach"), LARGEST_PACKET);
    this.done = this.#relay(options);
    if (options.stdin !== undefined) void this.#feed(options.stdin);
  }

  /**
   * Lets go of the container, which runs on. It sees the end of its input unless it was made
   * with `keepStdinOpen`.
   */
  [Symbol.dispose](): void {
    this.#outcome = "detached";
    this.#socket[Symbol.dispose]();
  }

  async #relay({ stdout, stderr }: AttachOptions): Promise<"ended" | "detached"> {
    try {
      for await (const packet of this.#socket.packets()) {
        const sink = packet[0] === STDERR ? stderr : stdout;
        await sink(packet.subarray(1));
      }
      return this.#outcome;
    } finally {
      this.#socket[Symbol.dispose]();
    }
  }

  /** An input that fails ends as if it had ended. */
  async #feed(input: Bytes): Promise<void> {
    try {
      for await (const chunk of input)
        for (let at = 0; at < chunk.length; at += LARGEST_INPUT)
          if (!(await this.#socket.send(chunk.subarray(at, at + LARGEST_INPUT)))) return;
    } catch {
      // Its reader sees the end, as Docker's does.
    } finally {
      this.#socket.endSending();
    }
  }
}

/**
 * Tells a terminal its new size through the directory of its supervisor, whoever is attached.
 * Fails with `failed-precondition` when there is no supervisor any more.
 */
export function resizeTerminal(directory: string, { rows, columns }: WindowSize): void {
  const fd = openControl(directory);
  try {
    writeSync(fd, `${RESIZE} ${rows} ${columns}\n`);
  } finally {
    closeSync(fd);
  }
}

function openControl(directory: string): number {
  try {
    return openSync(join(directory, "ctl"), constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    return fail("failed-precondition", "cannot resize its terminal: it has ended", error);
  }
}
