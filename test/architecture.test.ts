import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

const root = join(import.meta.dir, "..");
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => join("src", path));

const floors = floorsOf(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"));

/** The rows `| 3 | content/ |…` of the floor table. */
function floorsOf(text: string): Map<string, number> {
  const rows = text.matchAll(/^\|\s*(\d+)\s*\|\s*`(\w+)\/`\s*\|/gm);
  return new Map([...rows].map(([, floor, name]) => [name!, Number(floor)]));
}

function moduleOf(path: string): string {
  return path.split("/")[1]!;
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/(?:\bfrom|\bimport\()\s*"([^"]+)"/g)].map((match) => match[1]!);
}

function isTest(path: string): boolean {
  return /\.test\.ts$|\/(testing|testdata|suite)\/|suite\.ts$/.test(path);
}

describe("the house", () => {
  test("every module stands on a floor of ARCHITECTURE.md", () => {
    const modules = new Set(sources.map(moduleOf));
    expect([...modules].filter((name) => !floors.has(name))).toEqual([]);
    expect([...floors.keys()].filter((name) => !modules.has(name))).toEqual([]);
  });

  test("a module imports strictly lower floors, by their face", () => {
    const wrong = sources.filter((path) => !isTest(path)).flatMap(crossings);
    expect(wrong).toEqual([]);
  });

  test("no file reaches into another module by a relative path", () => {
    const wrong = sources.flatMap((path) => {
      const own = join("src", moduleOf(path));
      const relatives = importsOf(path).filter((name) => name.startsWith("."));
      return relatives
        .map((name) => normalize(join(dirname(path), name)))
        .filter((name) => !name.startsWith(`${own}/`) && name !== "package.json")
        .map((name) => `${path} imports ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  test("no cycles between files", () => {
    expect(cycles()).toEqual([]);
  });

  test("only kernel makes syscalls or spawns", () => {
    const spawning = /"bun:ffi"|"node:child_process"|\bBun\.spawn|\bnew Worker\(/;
    const wrong = sources.filter(
      (path) => !isTest(path) && moduleOf(path) !== "kernel" && spawning.test(read(path)),
    );
    expect(wrong).toEqual([]);
  });

  test("only cli reads the environment, writes to the terminal or exits", () => {
    const outside = /process\.env\b|Bun\.env\b|process\.exit\b|process\.std(out|err)\b|console\./;
    const wrong = sources.filter(
      (path) => !isTest(path) && moduleOf(path) !== "cli" && outside.test(read(path)),
    );
    expect(wrong).toEqual([]);
  });
});

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function crossings(path: string): string[] {
  const floor = floors.get(moduleOf(path)) ?? Number.NaN;
  return importsOf(path)
    .filter((name) => name.startsWith("#"))
    .filter((name) => !((floors.get(name.slice(1)) ?? Number.NaN) < floor))
    .map((name) => `${path} imports ${name}`);
}

function cycles(): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" > "));
    if (done.has(path) || trail.includes(path)) return;
    for (const name of staticImports(path)) visit(name, [...trail, path]);
    done.add(path);
  };
  for (const path of sources) visit(path, []);
  return found;
}

/** Files a file loads when it is loaded: `import type` leaves no trace at run time. */
function staticImports(path: string): string[] {
  const text = read(path).replace(/(?:import|export) type [^;]*;/g, "");
  const names = [...text.matchAll(/^(?:import|export)[^;]*?from\s*"([^"]+)"/gms)];
  return names
    .map((match) => match[1]!)
    .flatMap((name) => {
      if (name.startsWith("#")) return [join("src", name.slice(1), "index.ts")];
      if (name.startsWith(".")) return [relative(root, join(root, dirname(path), name))];
      return [];
    });
}
