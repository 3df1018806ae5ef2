import { discovery } from "./discovery.ts";
import { errorCodes } from "./error-codes.ts";
import { management } from "./management.ts";
import { pull } from "./pull.ts";
import { pushBlobs } from "./push-blobs.ts";
import { pushChunks } from "./push-chunks.ts";
import { pushManifests } from "./push-manifests.ts";
import { referrers } from "./referrers.ts";
import type { RegistryCase } from "./registry-case.ts";
import { specialManifests } from "./special-manifests.ts";

/** The OCI distribution spec 1.1, section by section. */
export const sections: readonly RegistryCase[] = [
  ...pull,
  ...pushBlobs,
  ...pushChunks,
  ...pushManifests,
  ...specialManifests(),
  ...discovery,
  ...referrers,
  ...management,
  ...errorCodes,
];
