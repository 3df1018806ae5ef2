/** A static x86-64 program that prints a text and ends: the smallest thing an image can run. */
export function helloProgram(text: string): Uint8Array {
  const message = Buffer.from(text);
  return staticProgram(Buffer.concat([machineCode(message.length), message]));
}

/** A static x86-64 program of this machine code, which begins with the first byte of it. */
export function staticProgram(code: Uint8Array): Uint8Array {
  return Buffer.concat([elfHeader(), programHeader(64 + 56 + code.length), code]);
}

const BASE = 0x400000n;
const ENTRY = BASE + 64n + 56n;

/** write(1, message, length); exit(0). */
function machineCode(length: number): Buffer {
  const code = Buffer.from(
    "b801000000bf01000000488d3500000000ba000000000f05b83c00000031ff0f05",
    "hex",
  );
  code.writeInt32LE(code.length - 17, 13);
  code.writeInt32LE(length, 18);
  return code;
}

function elfHeader(): Buffer {
  const header = Buffer.alloc(64);
  header.write("7f454c46020101", 0, "hex");
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(62, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(ENTRY, 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  return header;
}

/** One segment: the whole file, readable and executable. */
function programHeader(size: number): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(5, 4);
  header.writeBigUInt64LE(BASE, 16);
  header.writeBigUInt64LE(BASE, 24);
  header.writeBigUInt64LE(BigInt(size), 32);
  header.writeBigUInt64LE(BigInt(size), 40);
  header.writeBigUInt64LE(4096n, 48);
  return header;
}
