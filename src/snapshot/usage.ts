import { eachUsage } from "#kernel";

/** Bytes on disk of a directory and all in it, as du(1) counts them; 0 when there is none. */
export async function diskUsage(directory: string): Promise<number> {
  let total = 0;
  await eachUsage(directory, (bytes) => {
    total += bytes;
  });
  return total;
}
