/** One small build: a Dockerfile, the files of its context, and a script that finishes the context. */
export interface Case {
  readonly name: string;
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Shell commands run in the context before the build. */
  readonly prepare?: string;
  readonly buildArgs?: readonly string[];
}

/** What the classic builder and shale must make the same image of. `busybox` is there for both. */
export const cases: readonly Case[] = [
  {
    name: "run",
    dockerfile: "FROM busybox\nRUN echo a > /a && mkdir -p /d/e && ln -s ../a /d/l && ln /a /d/h\n",
  },
  { name: "run-exec-form", dockerfile: 'FROM busybox\nRUN ["touch", "/with space"]\n' },
  {
    name: "run-user",
    dockerfile:
      "FROM busybox\nRUN mkdir /w && chmod 777 /w\nUSER nobody\nWORKDIR /w\nRUN id > who; umask > mask\n",
  },
  {
    name: "run-remove",
    dockerfile:
      "FROM busybox\nRUN mkdir /gone && touch /gone/x /stays\nRUN rm -r /gone && rm /bin/vi\n",
  },
  {
    name: "run-replace-dir",
    dockerfile:
      "FROM busybox\nRUN mkdir -p /d && touch /d/old\nRUN rm -r /d && mkdir /d && touch /d/new\n",
  },
  {
    name: "run-modes",
    dockerfile:
      "FROM busybox\nRUN touch /s && chmod 4755 /s && touch /g && chmod 2711 /g && mkdir -m 1777 /sticky && mkfifo /pipe\n",
  },
  {
    name: "run-owners",
    dockerfile: "FROM busybox\nRUN touch /o && chown 70000:80000 /o\n",
  },
  {
    name: "run-hosts-untouched",
    dockerfile:
      "FROM busybox\nRUN cat /etc/hosts /etc/resolv.conf > /dev/null && ls /proc /sys /dev > /dev/null\n",
  },
  {
    name: "env",
    dockerfile:
      'FROM busybox\nENV A=1 B="two words" C=$A-x\nENV OLD form of env\nENV A=2 D=$A\nRUN echo $A $B $C $D $OLD > /env\n',
  },
  {
    name: "arg",
    dockerfile:
      "ARG BASE=busybox\nFROM $BASE\nARG V=default\nARG W\nRUN echo $V $W > /arg\nENV V2=$V\n",
    buildArgs: ["W=given"],
  },
  {
    name: "label",
    dockerfile: 'FROM busybox\nLABEL a=b "c d"="e f" multi="line \\\nlabel"\nLABEL a=again\n',
  },
  { name: "expose", dockerfile: "FROM busybox\nEXPOSE 80 443/tcp 53/udp 8000-8002\n" },
  { name: "volume", dockerfile: 'FROM busybox\nVOLUME /data\nVOLUME ["/a b", "/c"]\n' },
  {
    name: "workdir",
    dockerfile:
      "FROM busybox\nWORKDIR /a/b\nWORKDIR c\nENV D=/from/env\nWORKDIR $D/x\nRUN pwd > /pwd\n",
  },
  { name: "cmd-shell", dockerfile: "FROM busybox\nCMD echo one\nCMD echo $HOME two\n" },
  { name: "cmd-exec", dockerfile: 'FROM busybox\nCMD ["echo", "a b"]\n' },
  {
    name: "entrypoint-clears-cmd",
    dockerfile: 'FROM busybox\nCMD ["sh"]\nENTRYPOINT ["top", "-b"]\n',
  },
  { name: "entrypoint-shell", dockerfile: "FROM busybox\nENTRYPOINT exec top -b\n" },
  { name: "entrypoint-and-cmd", dockerfile: 'FROM busybox\nENTRYPOINT ["echo"]\nCMD ["x", "y"]\n' },
  {
    name: "shell",
    dockerfile:
      'FROM busybox\nSHELL ["/bin/busybox", "sh", "-ec"]\nRUN echo $0 > /shell\nCMD echo hi\n',
  },
  { name: "user", dockerfile: "FROM busybox\nUSER 1000:1000\n" },
  { name: "stopsignal", dockerfile: "FROM busybox\nSTOPSIGNAL SIGKILL\n" },
  {
    name: "healthcheck",
    dockerfile:
      "FROM busybox\nHEALTHCHECK --interval=5m --timeout=3s --retries=2 CMD true || exit 1\n",
  },
  { name: "healthcheck-none", dockerfile: "FROM busybox\nHEALTHCHECK NONE\n" },
  { name: "maintainer", dockerfile: "FROM busybox\nMAINTAINER Some One <some@example.com>\n" },
  { name: "onbuild", dockerfile: "FROM busybox\nONBUILD COPY . /app\nONBUILD RUN echo built\n" },
  {
    name: "copy-file",
    dockerfile: "FROM busybox\nCOPY a.txt /\nCOPY a.txt /new/dir/\nCOPY a.txt /new/name\n",
    files: { "a.txt": "a" },
  },
  {
    name: "copy-into-existing-dir",
    dockerfile: "FROM busybox\nCOPY a.txt /tmp\n",
    files: { "a.txt": "a" },
  },
  {
    name: "copy-dir",
    dockerfile: "FROM busybox\nCOPY src /dst\nCOPY src/ /dst2/\n",
    files: { "src/x": "x", "src/sub/y": "y" },
    prepare: "mkdir src/empty; chmod 700 src/sub; chmod 755 src/x",
  },
  {
    name: "copy-many",
    dockerfile: "FROM busybox\nCOPY a b src /all/\n",
    files: { a: "a", b: "b", "src/x": "x" },
  },
  {
    name: "copy-glob",
    dockerfile: "FROM busybox\nCOPY *.txt d?r/[ab].md /globbed/\n",
    files: { "1.txt": "1", "2.txt": "2", "n.log": "n", "dir/a.md": "A", "dir/c.md": "C" },
  },
  {
    name: "copy-relative",
    dockerfile: "FROM busybox\nWORKDIR /w\nCOPY a.txt .\nCOPY a.txt sub/\n",
    files: { "a.txt": "a" },
  },
  {
    name: "copy-chown",
    dockerfile: "FROM busybox\nCOPY --chown=nobody:nogroup src /n\nCOPY --chown=12:34 src /m\n",
    files: { "src/x": "x" },
  },
  {
    name: "copy-links",
    dockerfile: "FROM busybox\nCOPY src /links\n",
    files: { "src/x": "x" },
    prepare: "ln -s x src/l; ln -s /etc/passwd src/abs; ln -s nowhere src/dangling",
  },
  {
    name: "copy-through-link",
    dockerfile: "FROM busybox\nRUN mkdir /real && ln -s /real /alias\nCOPY a.txt /alias/\n",
    files: { "a.txt": "a" },
  },
  {
    name: "copy-modes",
    dockerfile: "FROM busybox\nCOPY . /m\n",
    prepare: "echo x > x; chmod 755 x; echo y > y; chmod 600 y; mkdir -m 1777 t",
  },
  {
    name: "copy-unicode",
    dockerfile: "FROM busybox\nCOPY . /u\n",
    files: { "grün ß 日本.txt": "u" },
  },
  {
    name: "copy-space",
    dockerfile: 'FROM busybox\nCOPY ["a b.txt", "c d.txt", "/sp ace/"]\n',
    files: { "a b.txt": "1", "c d.txt": "2" },
  },
  {
    name: "add-tar",
    dockerfile: "FROM busybox\nADD t.tar t.tgz /t/\nADD plain.gz /t/\n",
    files: { "x/1": "1" },
    prepare:
      "tar cf t.tar x; mkdir y; echo 2 > y/2; tar czf t.tgz y; echo plain | gzip -n > plain.gz; touch -d @1600000000 plain.gz",
  },
  {
    name: "add-tar-bz2-xz",
    dockerfile: "FROM busybox\nADD t.tbz t.txz /t/\n",
    files: { "x/1": "1", "y/2": "2" },
    prepare: "tar cjf t.tbz x; tar cJf t.txz y",
  },
  {
    name: "copy-does-not-unpack",
    dockerfile: "FROM busybox\nCOPY t.tar /t/\n",
    files: { "x/1": "1" },
    prepare: "tar cf t.tar x",
  },
  {
    name: "add-over-existing",
    dockerfile: "FROM busybox\nRUN mkdir -m 700 /t && touch /t/keep\nADD t.tar /t/\n",
    files: { "x/1": "1" },
    prepare: "tar cf t.tar x",
  },
  {
    name: "copy-over-file",
    dockerfile: "FROM busybox\nRUN echo long old content > /f\nCOPY f /f\n",
    files: { f: "new" },
  },
  {
    name: "ignore",
    dockerfile: "FROM busybox\nCOPY . /c\n",
    files: {
      ".dockerignore": "# c\n*.log\n!keep.log\nsub/**/x\n/Dockerfile\n",
      "a.log": "",
      "keep.log": "",
      "sub/d/x": "",
      "sub/d/y": "",
      "other/x": "",
    },
  },
  {
    name: "stages",
    dockerfile:
      "FROM busybox AS one\nRUN echo 1 > /one\nFROM busybox AS two\nRUN echo 2 > /two\nFROM busybox\nCOPY --from=one /one /\nCOPY --from=1 /two /renamed\n",
  },
  {
    name: "stage-from-stage",
    dockerfile: "FROM busybox AS base\nENV A=1\nWORKDIR /x\nFROM base\nRUN echo $A > f\n",
  },
  {
    name: "copy-from-image",
    dockerfile: "FROM scratch\nCOPY --from=busybox /bin/busybox /bin/sh\n",
  },
  { name: "scratch-empty", dockerfile: 'FROM scratch\nCMD ["/x"]\n' },
  {
    name: "escape",
    dockerfile: "# escape=`\nFROM busybox\nRUN echo one `\n  two > /e\nENV P=c:\\dir\n",
  },
  {
    name: "continuations",
    dockerfile: "FROM busybox\nRUN echo a \\\n# comment\n\n  b \\\n  c > /c\n",
  },
];
