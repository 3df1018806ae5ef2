import { snapshotterSuite } from "../suite.ts";

snapshotterSuite("erofs");
