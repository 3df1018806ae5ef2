import { expect, test } from "bun:test";
import type { DiskUsage } from "#image";
import { DAY, digestOfDigit, summary } from "../testing/images.ts";
import { runCommand } from "../testing/run-command.ts";
import systemDf from "./system-df.ts";

const yesterday = Date.now() - DAY;
const usage: DiskUsage = {
  images: { total: 4, active: 1, size: 5_947_000, reclaimable: 3_965_000 },
  containers: { total: 1, active: 0, size: 0, reclaimable: 0 },
  volumes: { total: 1, active: 1, size: 2000, reclaimable: 0 },
  buildCache: { total: 1, active: 0, size: 1_982_000, reclaimable: 1_982_000 },
  records: { total: 0, active: 0, size: 40_960, reclaimable: 0 },
  details: {
    images: [
      {
        ...summary({ repoTags: ["a:1", "b:2"], containers: 1 }),
        ...{ sharedSize: 0, uniqueSize: 1_234_567 },
      },
      { ...summary({ size: 5 }), sharedSize: 5, uniqueSize: 0 },
    ],
    containers: [
      {
        ...{ id: "c".repeat(64), name: "c1", image: digestOfDigit("a"), status: "exited" },
        ...{ created: yesterday, size: 12 },
      },
    ],
    volumes: [{ name: "data", links: 1, size: 2000 }],
    buildCache: [
      {
        ...{ key: digestOfDigit("f"), description: "RUN make <all>", size: 1_982_000 },
        ...{ created: yesterday, used: yesterday, uses: 2, shared: false },
      },
    ],
  },
};

async function df(...args: string[]) {
  const images = { diskUsage: async () => usage };
  const { code, stdout, stderr } = await runCommand(systemDf, args, { images });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

test("a row for each kind", async () => {
  expect(await df()).toBe(`\
TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE
Images          4         1         5.947MB   3.965MB (66%)
Containers      1         0         0B        0B
Local Volumes   1         1         2kB       0B (0%)
Build Cache     1         0         1.982MB   1.982MB
Store Records   0         0         40.96kB   0B (0%)
`);
});

test("formats", async () => {
  const records =
    '{"Active":"0","Reclaimable":"0B (0%)","Size":"40.96kB","TotalCount":"0","Type":"Store Records"}';
  expect(await df("--format", "json")).toEndWith(`\n${records}\n`);
  expect(await df("--format", "{{.Type}}={{.TotalCount}}")).toStartWith("Images=4\nContainers=1\n");
});

test("in detail", async () => {
  expect(await df("-v")).toBe(`\
Images space usage:

REPOSITORY   TAG       IMAGE ID       CREATED      SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS
a            1         aaaaaaaaaaaa   3 days ago   1.23MB    0B            1.235MB       1
<none>       <none>    aaaaaaaaaaaa   3 days ago   5B        5B            0B            0

Containers space usage:

CONTAINER ID   IMAGE          SIZE      CREATED        STATUS    NAMES
cccccccccccc   aaaaaaaaaaaa   12B       24 hours ago   exited    c1

Local Volumes space usage:

VOLUME NAME   LINKS     SIZE
data          1         2kB

Build cache usage: 1.982MB

CACHE ID       SIZE      CREATED        LAST USED      USAGE     SHARED    DESCRIPTION
ffffffffffff   1.98MB    24 hours ago   24 hours ago   2         false     RUN make <all>

Store records usage: 40.96kB
`);
});

test("in detail, as a document", async () => {
  const document = JSON.parse(await df("-v", "--format", "json"));
  expect(Object.keys(document)).toEqual(["Images", "Containers", "Volumes", "BuildCache"]);
  expect(document.Images[0]).toMatchObject({ ID: digestOfDigit("a"), UniqueSize: "1.235MB" });
  const template = "{{range .BuildCache}}{{.ID}} {{.Description}}{{end}}";
  expect(await df("-v", "--format", template)).toBe(`${digestOfDigit("f")} RUN make <all>\n`);
});
