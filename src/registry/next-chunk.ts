/** Of an upload's bytes; undefined at their end, and when the client breaks off: what came counts. */
export async function nextChunk(
  source: AsyncIterator<Uint8Array>,
): Promise<Uint8Array | undefined> {
  try {
    const { value, done } = await source.next();
    return done ? undefined : value;
  } catch {
    return undefined;
  }
}
