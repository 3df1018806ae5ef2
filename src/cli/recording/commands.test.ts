import { expect, test } from "bun:test";
import { kindOfCommand } from "./commands.ts";
import { fromName } from "./image.ts";
import { parseExports } from "./notes.ts";
import { installationOf } from "./packages.ts";
import { recorderOf } from "./shells.ts";

test.each([
  ["ls -l /", "look"],
  ["ls | grep x && pwd", "look"],
  ["cat f 2>/dev/null", "look"],
  ["grep 'a>b' f", "look"],
  ["node --version", "look"],
  ["dpkg -l vim", "look"],
  ["git status", "look"],
  ["git pull", "plain"],
  ["ls > f", "plain"],
  ["echo $(touch f)", "plain"],
  ['echo "`touch f`"', "plain"],
  ["ls; touch f", "plain"],
  ["find / -delete", "plain"],
  ["cd /x", "directory"],
  ["cd /x && make", "plain"],
  ["export A=b", "variables"],
  ["export A=$(date)", "variables"],
  ["A=b", "definition"],
  ["A=b make", "plain"],
  ["f() { ls; }", "definition"],
  [". ./env", "definition"],
  ["vim f", "interactive"],
  ["bash", "interactive"],
  ["sh -c true", "plain"],
  ["sh build", "plain"],
  ["exit 3", "end"],
])("%s is %s", (command, kind) => {
  expect(kindOfCommand(command)).toBe(kind as never);
});

test.each([
  ["apt-get install -y vim", "apt-get install -y vim", ["vim"]],
  [
    "apt-get install --no-install-recommends vim",
    "apt-get -y install --no-install-recommends vim",
    ["vim"],
  ],
  ["DEBIAN_FRONTEND=x sudo apt install vim", "DEBIAN_FRONTEND=x sudo apt -y install vim", ["vim"]],
  ["apt-get remove vim", "apt-get -y remove vim", []],
  ["apk add vim curl", "apk add vim curl", ["vim", "curl"]],
  ["cd /x; dnf install vim", "cd /x; dnf -y install vim", ["vim"]],
])("%s runs without anybody to ask", (line, command, packages) => {
  expect(installationOf(line)).toEqual({ command, packages });
});

test("what only sounds like an installation is none", () => {
  expect(installationOf("make install")).toBeUndefined();
});

test("exports are read as shells write them", () => {
  const bash = 'declare -x A="b \\"c\\" \\$d"\ndeclare -x E=""\ndeclare -x NONE\n';
  expect([...parseExports(bash)]).toEqual([
    ["A", 'b "c" $d'],
    ["E", ""],
  ]);
  expect([...parseExports("declare -x A=$'1\\n\\t\\001\\'\\\\'\n")]).toEqual([
    ["A", "1\n\t\x01'\\"],
  ]);
  expect([...parseExports("export A='b'\\''c'\nexport F='1\n2'\n")]).toEqual([
    ["A", "b'c"],
    ["F", "1\n2"],
  ]);
});

test("an image is named with the digest that a registry has given it", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const digests = [
    `quay.io/my/debian@sha256:${"b".repeat(64)}`,
    `docker.io/library/debian@${digest}`,
  ];
  expect(fromName("debian:12", { digests })).toBe(`debian:12@${digest}`);
  expect(fromName("docker.io/library/debian", { digests })).toBe(
    `docker.io/library/debian@${digest}`,
  );
  expect(fromName("0123abcd", { digests })).toBe("0123abcd");
});

test("shells are known by their name, and nothing else is one", () => {
  expect(recorderOf(["/bin/bash", "-l"])?.isBash).toBe(true);
  expect(recorderOf(["sh"])?.isBash).toBe(false);
  expect(recorderOf(["sh", "-c", "ls"])).toBeUndefined();
  expect(recorderOf(["python3"])).toBeUndefined();
  expect(recorderOf([])).toBeUndefined();
});
