import { expect, test } from "bun:test";
import type { BuildEvent } from "#build";
import type { Digest } from "#oci";
import { failureReport } from "./failure-report.ts";
import { jsonProgress } from "./json-progress.ts";
import { renderSteps } from "./live-progress.ts";
import { plainProgress } from "./plain-progress.ts";
import { Transcript } from "./transcript.ts";

const IMAGE = `sha256:${"ab".repeat(32)}` as Digest;
const NAME = "docker.io/library/x:latest";

/** Two steps that talk at once, of which one fails. */
const EVENTS: BuildEvent[] = [
  { type: "start", step: 1, name: "[a 1/2] FROM base", time: 1000 },
  { type: "done", step: 1, cached: true, time: 1000 },
  { type: "start", step: 2, name: "[a 2/2] RUN one", time: 1000 },
  { type: "log", step: 2, stream: 1, text: "first\nsec", time: 1100 },
  { type: "start", step: 3, name: "[b 1/1] RUN two", time: 1150 },
  { type: "log", step: 3, stream: 2, text: "10%\r100%\r\n", time: 1200 },
  { type: "warning", message: "look out", line: 3 },
  { type: "log", step: 2, stream: 1, text: "ond \x1b[31mred\n", time: 1234 },
  {
    type: "failed",
    step: 3,
    message: "it broke\nand how",
    time: 1500,
    excerpt: "Dockerfile:9",
    image: IMAGE,
  },
  { type: "cancelled", step: 2, time: 1600 },
  { type: "start", step: 4, name: "exporting to image", time: 1700 },
  { type: "detail", step: 4, text: `naming to ${NAME} done`, time: 1700 },
  { type: "done", step: 4, cached: false, time: 1960 },
  { type: "image", id: IMAGE, names: [NAME] },
];

test("plain lines name their step again when another one spoke between", () => {
  const written: string[] = [];
  const progress = plainProgress((text) => written.push(text));
  for (const event of EVENTS) progress.handle(event);
  expect(written.join("")).toBe(`#1 [a 1/2] FROM base
#1 CACHED

#2 [a 2/2] RUN one
#2 0.100 first
#2 ...

#3 [b 1/1] RUN two
#3 0.050 100%

[Warning] look out (line 3)
#3 ...

#2 [a 2/2] RUN one
#2 0.234 second \\x1b[31mred
#2 ...

#3 [b 1/1] RUN two
#3 ERROR: it broke

#2 [a 2/2] RUN one
#2 CANCELED

#4 exporting to image
#4 naming to docker.io/library/x:latest done
#4 DONE 0.3s
`);
});

test("rawjson is BuildKit's SolveStatus, an object per line", () => {
  const lines: string[] = [];
  const progress = jsonProgress((line) => void lines.push(line));
  for (const event of EVENTS) progress.handle(event);
  const objects = lines.map((line) => JSON.parse(line));
  expect(objects).toHaveLength(EVENTS.length - 1);
  expect(objects[1].vertexes[0]).toMatchObject({ name: "[a 1/2] FROM base", cached: true });
  const [log] = objects[3].logs;
  expect(log).toMatchObject({ vertex: objects[2].vertexes[0].digest, stream: 1 });
  expect(Buffer.from(log.data, "base64").toString()).toBe("first\nsec");
});

test("the live view shows the last output of what is at work, and fits the terminal", () => {
  const transcript = new Transcript();
  for (const event of EVENTS.slice(0, 6)) transcript.add(event);
  const lines = renderSteps(transcript, 1000, 40, 24, 2000).map(withoutColour);
  expect(lines).toEqual([
    "[+] Building 1.0s (1/3)",
    " => CACHED [a 1/2] FROM base       0.0s",
    " => [a 2/2] RUN one                1.0s",
    " => => # first",
    " => => # sec",
    " => [b 1/1] RUN two                0.8s",
    " => => # 100%",
  ]);
  expect(renderSteps(transcript, 1000, 40, 6, 2000)).toHaveLength(3);
});

test("a failure is reported with its output, its lines and a way to look around", () => {
  const transcript = new Transcript();
  for (const event of EVENTS) transcript.add(event);
  expect(failureReport(transcript)).toBe(`------
 > [b 1/1] RUN two:
100%
------
Dockerfile:9
The files before this step are kept: shale run --rm -it abababababab sh
`);
  expect(failureReport(new Transcript())).toBe("");
});

function withoutColour(line: string): string {
  return line.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d*m`, "g"), "");
}
