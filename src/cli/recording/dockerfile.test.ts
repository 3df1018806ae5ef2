import { describe, expect, test } from "bun:test";
import { formatDockerfile, type Session } from "./dockerfile.ts";

const note = (time: number, command: string, more: object = {}) => ({
  ...{ exitCode: 0, directory: "/", exports: new Map<string, string>(), command, time },
  ...more,
});
const added = (path: string, changed: number) => ({ kind: "added" as const, path, changed });
/** Changed at the end of everything: what was before may have had a part in it. */
const LATEST = added("/latest", 1000);

function dockerfile(session: Partial<Session>): string[] {
  const given = { image: "box", workingDirectory: "/", notes: [note(1, "")], changes: [LATEST] };
  const lines = formatDockerfile({ ...given, ...session }).split("\n");
  return lines.filter((line) => !/^(?:FROM box|)$|LATEST|\/latest|last command that/.test(line));
}

/** What of it comes of these lines, typed one after the other. */
function typed(...commands: string[]): string[] {
  return dockerfile({
    notes: ["", ...commands].map((command, index) => note(index + 1, command)),
  }).filter((line) => line !== "# nothing is left of its changes");
}

describe("the Dockerfile of a session", () => {
  test("has what succeeded with what is left of it, and the rest as comments", () => {
    const exports = new Map([["A", 'x "$y']]);
    const text = formatDockerfile({
      image: "box",
      workingDirectory: "/",
      notes: [
        note(10, ""),
        note(20, "make"),
        note(30, "false", { exitCode: 1 }),
        note(40, "ls"),
        note(50, "cd /srv", { directory: "/srv" }),
        note(60, "export A", { directory: "/srv", exports }),
        note(70, "touch b", { directory: "/srv", exports }),
        note(80, "vi b", { directory: "/srv", exports }),
        note(90, "make check", { directory: "/srv", exports }),
        note(95, "exit", { directory: "/srv", exports }),
      ],
      changes: [
        added("/d", 15),
        ...["a", "b", "c", "e", "f"].map((name) => added(`/d/${name}`, 20)),
        added("/srv", 99),
        added("/srv/b", 79),
      ],
    });
    expect(text).toBe(`FROM box
# 5 changes: /d/a, /d/b, /d/c, /d/e, … (1 more)
RUN make
# failed with 1: false
# ls
WORKDIR /srv
ENV A="x \\"\\$y"
# nothing is left of its changes
RUN touch b
# done by hand, COPY what it changed: vi b
# 1 change: /srv/b
# nothing is left of its changes
RUN make check
`);
  });

  test("leaves out what cannot have changed anything, as nothing was changed since", () => {
    const notes = [note(10, ""), note(20, "make"), note(30, "make check")];
    const changes = [added("/a", 15)];
    expect(dockerfile({ notes, changes }).slice(1)).toEqual([
      "RUN make",
      "# changed nothing: make check",
    ]);
    const gone = { kind: "deleted" as const, path: "/b" };
    expect(dockerfile({ notes, changes: [...changes, gone] })).toContain("RUN make check");
  });

  test("starts with what the container was given beside its image", () => {
    const given = { shell: "bash", user: "app", variables: ["A=b c", "E="], mounts: ["/data"] };
    const notes = [note(1, "", { directory: "/srv/my app" })];
    expect(dockerfile({ ...given, notes, workingDirectory: "/srv" })).toEqual([
      'SHELL ["bash","-c"]',
      "# /data was mounted: what of it is needed, COPY",
      "USER app",
      'ENV A="b c"',
      'ENV E=""',
      'WORKDIR "/srv/my app"',
    ]);
  });

  test("tells of what was changed after the last command", () => {
    const notes = [note(10, ""), note(20, "exec bash", { exitCode: 1 })];
    expect(dockerfile({ notes, changes: [added("/a", 30)] })).toContain("# 1 change: /a");
  });

  test("has lines that RUN cannot have as they are in a document", () => {
    expect(typed("for i in 1; do\necho > $i\ndone")).toEqual([
      "RUN <<'EOF'",
      "for i in 1; do",
      "echo > $i",
      "done",
      "EOF",
    ]);
    expect(typed("cat <<EOF >f\nEOF")[0]).toBe("RUN <<'EOF_'");
    expect(typed("[ -f a ] && rm a")[0]).toBe("RUN <<'EOF'");
    expect(typed("--odd")[0]).toBe("RUN <<'EOF'");
  });

  test("lets nothing out of a comment or an instruction", () => {
    const hostile = "/x\nRUN evil\r";
    const exports = new Map([["A", hostile]]);
    const lines = dockerfile({
      notes: [
        note(1, ""),
        note(2, `false ${hostile}`, { exitCode: 1, directory: hostile, exports }),
      ],
      changes: [added(hostile, 2)],
    });
    expect(lines.filter((line) => !line.startsWith("# "))).toEqual([]);
  });

  test("gives a line what the shell was told for it", () => {
    expect(typed("a=1 b=2", "greet() { echo $b; }", "make", "greet > f")).toEqual([
      "# of the shell, goes with what needs it: a=1 b=2",
      "# of the shell, goes with what needs it: greet() { echo $b; }",
      "RUN make",
      "RUN <<'EOF'",
      "a=1 b=2",
      "greet() { echo $b; }",
      "greet > f",
      "EOF",
    ]);
    expect(typed("umask 077", "make")[1]).toBe("RUN <<'EOF'");
  });

  test("has an update in the line that it was for", () => {
    expect(typed("apt-get update", "ls", "apt-get install vim", "apt install -y curl")).toEqual([
      "# goes with what is installed below: apt-get update",
      "# ls",
      "# packages: vim",
      "RUN apt-get update && apt-get -y install vim",
      "# packages: curl",
      "RUN apt-get update && apt install -y curl",
    ]);
    // The script may need it.
    expect(typed("apt-get update", "./setup", "apt-get install -y vim")[0]).toBe(
      "RUN apt-get update",
    );
    expect(typed("apt-get update && apt-get install vim")[1]).toBe(
      "RUN apt-get update && apt-get -y install vim",
    );
  });

  test("names the packages that came with others", () => {
    const notes = [note(1, ""), note(2, "apt-get install -y vim")];
    const lists = ["libc6:amd64", "vim"].map((name) => added(`/var/lib/dpkg/info/${name}.list`, 2));
    expect(dockerfile({ notes, changes: lists })[0]).toBe("# packages: vim, libc6");
  });
});
