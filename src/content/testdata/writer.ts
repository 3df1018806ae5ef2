import { openContentStore } from "../index.ts";

/** Begins a blob in the store given and stays. */
await using ingestion = openContentStore(process.argv[2]!).ingest();
ingestion.write(new Uint8Array(1 << 20));
process.stdout.write("writing\n");
await Bun.sleep(60_000);
