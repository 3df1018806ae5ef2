import { createMemoryContentStore } from "./index.ts";
import { contentStoreSuite } from "./suite.ts";

contentStoreSuite("a content store in memory", createMemoryContentStore);
