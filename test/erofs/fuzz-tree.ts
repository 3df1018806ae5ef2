import { isIntactErofs, writeErofs } from "#erofs";
import { kindOf } from "#errors";
import { type Bench, differences, expected, seenByKernel, seenByReader } from "./mounted.ts";
import { Random, randomTree } from "./random-tree.ts";

/** Fails, naming the seed, unless the tree of a seed comes back from its image as it was. */
export function fuzzTree(bench: Bench, seed: number): void {
  const random = new Random(seed);
  const blockSize = random.chance(75) ? 512 : 4096;
  const deviceSize = random.chance(85) ? bench.device.length : undefined;
  const tree = randomTree(random, { blockSize, deviceSize });
  const image = writeErofs(tree, {
    blockSize,
    ...(deviceSize === undefined ? {} : { deviceSize }),
  });
  const want = expected(tree, bench.device);
  check(seed, "intact", isIntactErofs(image) ? [] : [false]);
  check(seed, "read", differences(want, seenByReader(image, bench.device)));
  const seen = bench.mounted(image, deviceSize !== undefined, seenByKernel);
  check(seed, "mounted", differences(want, seen));
  damage(random, image, blockSize);
  check(seed, "damaged", isIntactErofs(image) ? [true] : []);
  readDamaged(seed, image, bench.device);
}

function check(seed: number, what: string, wrong: unknown[]): void {
  if (wrong.length > 0)
    throw new Error(`seed ${seed}, ${what}: ${Bun.inspect(wrong[0]).slice(0, 4000)}`);
}

/** Changes some bytes behind the superblock's block, whose checksum would end it all at once. */
function damage(random: Random, image: Uint8Array, blockSize: number): void {
  const start = Math.max(blockSize, 1536);
  for (let i = random.below(8) + 1; i > 0; i--) {
    const at = start + random.below(image.length - start);
    if (at < image.length) image[at] = random.below(256);
  }
  // One byte that differs for sure, in what nothing reads.
  image[8]! ^= 1;
}

function readDamaged(seed: number, image: Uint8Array, device: Uint8Array): void {
  try {
    seenByReader(image, device);
  } catch (error) {
    if (kindOf(error) !== "data-loss" && !String(error).includes("is not found"))
      throw new Error(`seed ${seed}: a damaged image fails oddly`, { cause: error });
  }
}
