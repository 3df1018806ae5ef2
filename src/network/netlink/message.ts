import { fail } from "#errors";

/** Netlink's wire form (linux/netlink.h): numbers in the machine's order, all padded to four. */
const HEADER_SIZE = 16;
const ATTRIBUTE_HEADER = 4;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

/** Flags of a request's header. */
export const Flag = { request: 1, ack: 4, dump: 0x300, exclusive: 0x200, create: 0x400 } as const;

/** One message as the kernel sent it. */
export interface Message {
  readonly type: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** A whole message, its header included. */
export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  body: Uint8Array,
): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32LE(HEADER_SIZE + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(sequence, 8);
  return pad(Buffer.concat([header, body]));
}

/** The messages of one datagram. */
export function* decodeMessages(datagram: Buffer): Generator<Message> {
  for (let at = 0; at + HEADER_SIZE <= datagram.length; ) {
    const length = datagram.readUInt32LE(at);
    if (length < HEADER_SIZE) fail("data-loss", "netlink sent a message of no length");
    yield {
      type: datagram.readUInt16LE(at + 4),
      sequence: datagram.readUInt32LE(at + 8),
      body: datagram.subarray(at + HEADER_SIZE, at + length),
    };
    at += align(length);
  }
}

/** An attribute: type and value. */
export function attribute(type: number, value: Uint8Array): Buffer {
  const header = Buffer.alloc(ATTRIBUTE_HEADER);
  header.writeUInt16LE(ATTRIBUTE_HEADER + value.length, 0);
  header.writeUInt16LE(type, 2);
  return pad(Buffer.concat([header, value]));
}

/** An attribute made of attributes. */
export function nested(type: number, ...attributes: readonly Uint8Array[]): Buffer {
  return attribute(type | NESTED, Buffer.concat(attributes));
}

/** The attributes that follow a message's fixed part, by type. */
export function decodeAttributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + ATTRIBUTE_HEADER <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < ATTRIBUTE_HEADER) break;
    found.set(
      bytes.readUInt16LE(at + 2) & TYPE_MASK,
      bytes.subarray(at + ATTRIBUTE_HEADER, at + length),
    );
    at += align(length);
  }
  return found;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Text with its closing zero. */
export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function pad(bytes: Buffer): Buffer {
  const missing = align(bytes.length) - bytes.length;
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)]);
}

function align(length: number): number {
  return (length + 3) & ~3;
}
