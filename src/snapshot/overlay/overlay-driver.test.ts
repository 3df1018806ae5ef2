import { snapshotterSuite } from "../suite.ts";

snapshotterSuite("overlay");
