// Needs Debian's PostgreSQL and Swift.
import { startReplicas } from "../replicas.ts";
import { testRegistry } from "./registry-case.ts";
import { sections } from "./sections.ts";

testRegistry("two replicas on S3 and Postgres", startReplicas, sections);
