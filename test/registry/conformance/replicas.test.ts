// Needs Debian's PostgreSQL and Swift.
import { startAlternatingReplicas } from "./alternating-replicas.ts";
import { testRegistry } from "./registry-case.ts";
import { sections } from "./sections.ts";

testRegistry("two replicas on S3 and Postgres", startAlternatingReplicas, sections);
