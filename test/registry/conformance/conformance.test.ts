import { startDiskRegistry } from "../disk-registry.ts";
import { testRegistry } from "./registry-case.ts";
import { sections } from "./sections.ts";

testRegistry("disk and SQLite", startDiskRegistry, sections);
