import { expect, test } from "bun:test";
import type { HistoryItem } from "#image";
import { DAY, digestOfDigit } from "../testing/images.ts";
import { runCommand } from "../testing/run-command.ts";
import history from "./history.ts";

const SECOND = 1000;
const items: HistoryItem[] = [
  {
    id: digestOfDigit("a"),
    created: Date.now() - 14 * DAY,
    createdBy: "RUN /bin/sh -c echo\tone && echo two && echo three # buildkit",
    size: 2_000_000,
    comment: "buildkit.dockerfile.v0",
    tags: ["x:1"],
  },
  { id: undefined, created: 0, createdBy: "", size: 0, comment: "", tags: [] },
];

function show(...args: string[]) {
  const asked: string[] = [];
  const service = {
    history: async (name: string) => {
      asked.push(name);
      return items;
    },
  };
  return runCommand(history, [...args, "x:1"], { images: service }).then((outcome) => {
    expect(asked).toEqual(["x:1"]);
    return outcome.stdout;
  });
}

test("the default table", async () => {
  expect(await show()).toBe(`\
IMAGE          CREATED       CREATED BY                                      SIZE      COMMENT
aaaaaaaaaaaa   2 weeks ago   RUN /bin/sh -c echo one && echo two && echo …   2MB       buildkit.dockerfile.v0
<missing>      N/A                                                           0B        
`);
});

test("nothing shortened, nothing made readable", async () => {
  const text = await show("--no-trunc", "-H=false");
  const [header, first] = text.split("\n");
  expect(header).toMatch(/^IMAGE +CREATED AT +CREATED BY +SIZE +COMMENT$/);
  const when = new Date(items[0]!.created).getTime();
  const [id, at, ...rest] = first!.split(/ {2,}/);
  expect(id).toBe(digestOfDigit("a"));
  expect(Date.parse(at!)).toBe(when - (when % SECOND));
  expect(rest).toEqual([
    "RUN /bin/sh -c echo one && echo two && echo three # buildkit",
    "2000000",
    "buildkit.dockerfile.v0",
  ]);
});

test("IDs alone", async () => {
  expect(await show("-q")).toBe("aaaaaaaaaaaa\n<missing>\n");
});

test("a format", async () => {
  expect(await show("--format", "{{.ID}}|{{.Size}}|{{.CreatedSince}}|{{.Comment}}")).toBe(
    "aaaaaaaaaaaa|2MB|2 weeks ago|buildkit.dockerfile.v0\n<missing>|0B|N/A|\n",
  );
});

test("what could play tricks on a terminal is shown to it as text, and as it is to others", async () => {
  const tricky = { ...items[1]!, createdBy: "RUN \x1b[2J", comment: "\x9bH" };
  const images = { history: async () => [tricky] };
  const shown = (isTerminal: boolean) =>
    runCommand(history, ["--format", "{{.CreatedBy}} {{.Comment}}", "x"], { images, isTerminal });
  expect((await shown(true)).stdout).toBe("RUN \\x1b[2J \\x9bH\n");
  expect((await shown(false)).stdout).toBe("RUN \x1b[2J \x9bH\n");
});
