import { createHash } from "node:crypto";
import { readSync, writeSync } from "node:fs";

// The other side of hash-thread.ts, which also says what the numbers in `control` are.
self.onmessage = ({ data: { control, slots, codes, fd, algorithm, start } }) => {
  const [GIVEN, TAKEN, STOPPED, LENGTHS] = codes;
  const count = slots.length;
  const hash = createHash(algorithm);

  function rehash(end) {
    const buffer = Buffer.allocUnsafe(1 << 20);
    for (let at = 0; at < end; ) {
      const got = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
      if (got === 0) throw new Error("the file is shorter than what was written to it");
      hash.update(buffer.subarray(0, got));
      at += got;
    }
  }

  function take(position) {
    let at = position;
    for (let taken = 0; ; taken++) {
      Atomics.store(control, TAKEN, taken);
      Atomics.notify(control, TAKEN);
      while (Atomics.load(control, GIVEN) === taken) Atomics.wait(control, GIVEN, taken);
      const length = control[LENGTHS + (taken % count)];
      if (length === 0) return;
      const bytes = slots[taken % count].subarray(0, length);
      hash.update(bytes);
      for (let done = 0; done < length; )
        done += writeSync(fd, bytes, done, length - done, at + done);
      at += length;
    }
  }

  function tell(text) {
    const bytes = new TextEncoder().encode(text);
    slots[0].set(bytes);
    control[LENGTHS] = bytes.length;
  }

  try {
    rehash(start);
    take(start);
    tell(JSON.stringify({ digest: hash.digest("hex") }));
  } catch (error) {
    tell(JSON.stringify({ code: error.code, message: error.message }));
  }
  Atomics.store(control, STOPPED, 1);
  Atomics.notify(control, STOPPED);
  // Whoever waits for a free slot waits no longer.
  Atomics.store(control, TAKEN, -1);
  Atomics.notify(control, TAKEN);
};
