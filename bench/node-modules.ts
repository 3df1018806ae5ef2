import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = 1020;
const FILES = 50;

/** A tree like a large node_modules: 51,000 files, 315 MB, always the same. Gives its path. */
export function makeNodeModules(home: string): string {
  const context = join(home, "node-app");
  for (let index = 0; index < PACKAGES; index++)
    makePackage(join(context, "node_modules", `package-${index}`), index);
  writeFileSync(join(context, "index.js"), "console.log('app');\n");
  writeFileSync(join(context, "Dockerfile"), "FROM debian\nCOPY . /app\n");
  return context;
}

function makePackage(directory: string, seed: number): void {
  for (let index = 0; index < FILES; index++) {
    const folder = join(directory, `lib-${index % 5}`);
    if (index < 5) mkdirSync(folder, { recursive: true });
    const size = 500 + (((seed * FILES + index) * 7919) % 11_350);
    writeFileSync(
      join(folder, `module-${index}.js`),
      `// ${seed} ${index}\n`.padEnd(size, "export const value = 1;\n"),
    );
  }
}
