import { snapshotterSuite } from "../suite.ts";

snapshotterSuite("copy");
