import { describe, expect, test } from "bun:test";
import { installationOf, kindOfCommand } from "./commands.ts";
import { formatDockerfile } from "./dockerfile.ts";
import { parseExports } from "./notes.ts";

const note = (time: number, command: string, more: object = {}) => ({
  ...{ exitCode: 0, directory: "/", exports: new Map<string, string>(), command, time },
  ...more,
});
const added = (path: string, changed: number) => ({ kind: "added" as const, path, changed });

describe("the Dockerfile of a session", () => {
  const session = { image: "box", shell: undefined, workingDirectory: "/", changes: [] };

  test("has what succeeded with what is left of it, and the rest as comments", () => {
    const exports = new Map([["A", 'x "$y']]);
    const text = formatDockerfile({
      ...session,
      notes: [
        note(10, ""),
        note(20, "make"),
        note(30, "false", { exitCode: 1 }),
        note(40, "ls"),
        note(50, "cd /srv", { directory: "/srv" }),
        note(60, "export A", { directory: "/srv", exports }),
        note(70, "touch b", { directory: "/srv", exports }),
        note(80, "vi b", { directory: "/srv", exports }),
      ],
      changes: [
        added("/d", 15),
        ...["a", "b", "c", "e", "f"].map((name) => added(`/d/${name}`, 20)),
        added("/srv/b", 80),
      ],
    });
    expect(text).toBe(`FROM box
# 5 changes: /d/a, /d/b, /d/c, /d/e, …
RUN make
# failed with 1: false
# ls
WORKDIR /srv
ENV A="x \\"\\$y"
# nothing is left of its changes
RUN touch b
# done by hand, COPY what it changed: vi b
# 1 change: /srv/b
`);
  });

  test("has lines that RUN cannot have as they are in a document", () => {
    const run = (command: string) =>
      formatDockerfile({ ...session, notes: [note(1, ""), note(2, command)] })
        .split("\n")
        .slice(2, -1);
    expect(run("for i in 1; do\necho > $i\ndone")).toEqual([
      "RUN <<'RECORDED'",
      "for i in 1; do",
      "echo > $i",
      "done",
      "RECORDED",
    ]);
    expect(run("cat <<RECORDED >f\nRECORDED")[0]).toBe("RUN <<'RECORDED_'");
    expect(run("[ -f a ] && rm a")[0]).toBe("RUN <<'RECORDED'");
  });

  test("installs without asking, and names the packages", () => {
    const notes = [note(1, ""), note(2, "apt-get install --no-install-recommends vim curl")];
    expect(formatDockerfile({ ...session, shell: "bash", notes })).toContain(
      'SHELL ["bash","-c"]\n# packages: vim curl\n# nothing is left of its changes\nRUN apt-get -y install --no-install-recommends vim curl\n',
    );
  });
});

test.each([
  ["ls -l /", "look"],
  ["ls > f", "plain"],
  ["find / -delete", "plain"],
  ["cd /x", "directory"],
  ["cd /x && make", "plain"],
  ["export A=b", "variables"],
  ["vim f", "interactive"],
  ["bash", "interactive"],
  ["sh -c true", "plain"],
  ["sh build", "plain"],
])("%s is %s", (command, kind) => {
  expect(kindOfCommand(command)).toBe(kind as never);
});

test("an installation that does not ask stays as it is", () => {
  expect(installationOf("apt-get install -y vim")?.command).toBe("apt-get install -y vim");
  expect(installationOf("apk add vim")).toEqual({ command: "apk add vim", packages: ["vim"] });
  expect(installationOf("make install")).toBeUndefined();
});

test("exports are read as shells write them", () => {
  const bash = 'declare -x A="b \\"c\\" \\$d"\ndeclare -x E=""\ndeclare -x NONE\n';
  expect([...parseExports(bash)]).toEqual([
    ["A", 'b "c" $d'],
    ["E", ""],
  ]);
  expect([...parseExports("export A='b'\\''c'\nexport F='1\n2'\n")]).toEqual([
    ["A", "b'c"],
    ["F", "1\n2"],
  ]);
});
