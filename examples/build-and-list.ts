// Builds a directory's Dockerfile and lists what is in the store, from code.
//   bun examples/build-and-list.ts STORE DIRECTORY NAME
import { openEngine } from "shale";

const [root, directory, name] = process.argv.slice(2) as [string, string, string];

await using engine = await openEngine({ root, runtimeDirectory: `${root}/run` });
const builder = await engine.builder();
const image = await builder.build(
  { context: { kind: "directory", path: directory }, tags: [name] },
  (event) => {
    if (event.type === "start") process.stdout.write(`${event.name}\n`);
  },
  AbortSignal.timeout(60_000),
);
process.stdout.write(`built ${image.id}\n`);

const images = await engine.images();
for (const { id, repoTags } of await images.list()) {
  process.stdout.write(`${id.slice(7, 19)} ${repoTags.join(" ")}\n`);
}
