export type {
  Algorithm,
  BlobInfo,
  ContentStore,
  Expected,
  Ingestion,
  IngestOptions,
  OpenOptions,
  ResumedIngestion,
  ResumeOptions,
  Scratch,
} from "./content-store.ts";
export { openContentStore } from "./disk-store.ts";
export { newIngestPath } from "./ingest-path.ts";
export { createMemoryContentStore } from "./memory-store.ts";
