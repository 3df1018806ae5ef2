import { snapshotterSuite } from "../suite.ts";

// As on kernels before 6.12, and where the store's file system takes no further one on top.
snapshotterSuite("erofs", "loop");
