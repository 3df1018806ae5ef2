import { expect, test } from "bun:test";
import type { ListOptions } from "#image";
import { digestOfDigit, summary } from "../testing/images.ts";
import { runCommand } from "../testing/run-command.ts";
import images from "./images.ts";

const named = summary({
  repoTags: ["alpine:3", "alpine:latest", "localhost:5000/a/b:1"],
  repoDigests: [`alpine@${digestOfDigit("d")}`, `gone@${digestOfDigit("e")}`],
});
const dangling = summary({ id: digestOfDigit("b"), created: 0, size: 0 });

function list(...args: string[]) {
  return runCommand(images, args, { images: { list: async () => [named, dangling] } });
}

test("a row for each tag, and one for what has none", async () => {
  expect(await list()).toEqual({
    code: 0,
    stdout: `\
REPOSITORY           TAG       IMAGE ID       CREATED      SIZE
alpine               3         aaaaaaaaaaaa   3 days ago   1.23MB
alpine               latest    aaaaaaaaaaaa   3 days ago   1.23MB
localhost:5000/a/b   1         aaaaaaaaaaaa   3 days ago   1.23MB
gone                 <none>    aaaaaaaaaaaa   3 days ago   1.23MB
<none>               <none>    bbbbbbbbbbbb   N/A          0B
`,
    stderr: "",
  });
});

test("digests", async () => {
  const format = "table {{.Repository}}\t{{.Tag}}\t{{.Digest}}";
  expect((await list("--digests", "--format", format)).stdout).toBe(`\
REPOSITORY           TAG       DIGEST
alpine               3         ${digestOfDigit("d")}
alpine               latest    ${digestOfDigit("d")}
localhost:5000/a/b   1         <none>
gone                 <none>    ${digestOfDigit("e")}
<none>               <none>    <none>
`);
  expect((await list("--digests")).stdout).toStartWith("REPOSITORY           TAG       DIGEST  ");
});

test("IDs alone, short and whole", async () => {
  const four = `${"a".repeat(12)}\n`.repeat(4);
  expect((await list("-q")).stdout).toBe(`${four}bbbbbbbbbbbb\n`);
  expect((await list("-q", "--no-trunc")).stdout).toEndWith(`${digestOfDigit("b")}\n`);
});

test("every field, as JSON", async () => {
  const lines = (await list("--format", "json")).stdout.trim().split("\n");
  expect(lines).toHaveLength(5);
  expect(JSON.parse(lines[0]!)).toEqual({
    Containers: "N/A",
    CreatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} \S+$/),
    CreatedSince: "3 days ago",
    Digest: "<none>",
    ID: "aaaaaaaaaaaa",
    Repository: "alpine",
    SharedSize: "N/A",
    Size: "1.23MB",
    Tag: "3",
    UniqueSize: "N/A",
    VirtualSize: "1.235MB",
  });
});

test.each<[string[], ListOptions]>([
  [[], { all: false, filters: {} }],
  [["-a", "alpine"], { all: true, filters: { reference: ["alpine"] } }],
  [
    [
      "-f",
      "label=a=b",
      "--filter",
      " Label =c",
      "--filter",
      "label!=d",
      "--filter=reference=x",
      "y",
    ],
    { all: false, filters: { label: ["a=b", "c"], "label!": ["d"], reference: ["x", "y"] } },
  ],
])("%j asks for %j", async (args, expected) => {
  let asked: ListOptions | undefined;
  const list = async (options?: ListOptions) => {
    asked = options;
    return [];
  };
  const { stdout } = await runCommand(images, args, { images: { list } });
  expect(asked).toEqual(expected);
  expect(stdout).toBe("REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n");
});

test("a filter without a value is refused", async () => {
  const { code, stderr } = await list("-f", "dangling");
  expect(code).toBe(125);
  expect(stderr).toStartWith(
    'invalid argument "dangling" for "-f, --filter" flag: bad format of filter (expected name=value)\n',
  );
});
