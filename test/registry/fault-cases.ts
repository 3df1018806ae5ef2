import type { Kind } from "#errors";
import { digestOf } from "./conformance/content.ts";
import type { Fault, Rule } from "./faults.ts";

export const BLOB = /\/blobs\/sha/;
export const MANIFEST = /\/manifests\//;
const UPLOAD = /\/blobs\/uploads\//;

/** The first GET that fits. */
export const firstGet = (fault: Fault, path = BLOB): Rule => ({
  method: "GET",
  path,
  nth: [1],
  fault,
});
/** What a pull gets over. */
export const pullSurvives: readonly (readonly [string, readonly Rule[]])[] = [
  ["a 503 for the manifest", [firstGet({ kind: "answer", status: 503 }, MANIFEST)]],
  [
    "a 500, 502 and 504 for a layer",
    [500, 502, 504].map((status, at) => ({
      path: BLOB,
      nth: [at + 1],
      fault: { kind: "answer", status },
    })),
  ],
  ["a connection that closes without an answer", [firstGet({ kind: "hang-up" })]],
  ["a manifest that is cut", [firstGet({ kind: "cut-response", after: 50 }, MANIFEST)]],
  ["a layer that is cut before its first byte", [firstGet({ kind: "cut-response", after: 0 })]],
  [
    "each layer cut in the middle",
    [
      {
        path: BLOB,
        nth: [1, 2, 3, 4],
        fault: { kind: "cut-response", after: { below: 300_000 } },
      },
    ],
  ],
  ["a layer that stalls", [firstGet({ kind: "stall-response", after: 10 })]],
  [
    "a digest header that is none",
    [
      {
        path: MANIFEST,
        fault: { kind: "header", name: "Docker-Content-Digest", value: "../../x" },
      },
    ],
  ],
  [
    "a slow server",
    [{ path: BLOB, nth: [1, 2], fault: { kind: "slow-response", bytesPerSecond: 3_000_000 } }],
  ],
];

/** What a pull must not get over, and the kind of its one error. */
export const pullRefuses: readonly (readonly [string, Rule, readonly Kind[]])[] = [
  ["no answer, ever", { fault: { kind: "hang-up" } }, ["unavailable"]],
  ["503 for ever", { path: BLOB, fault: { kind: "answer", status: 503 } }, ["unavailable"]],
  [
    "429 for a day",
    { fault: { kind: "answer", status: 429, headers: { "retry-after": "86400" } } },
    ["resource-exhausted"],
  ],
  [
    "a manifest of other bytes",
    { method: "GET", path: MANIFEST, fault: { kind: "flip", at: 100 } },
    ["data-loss"],
  ],
  [
    "a manifest with a wrong digest header",
    {
      path: MANIFEST,
      fault: { kind: "header", name: "Docker-Content-Digest", value: digestOf("lie") },
    },
    ["data-loss", "not-found"],
  ],
  [
    "layers whose end is missing",
    { path: BLOB, fault: { kind: "truncate", to: 200 } },
    ["data-loss"],
  ],
  [
    "a manifest of an unknown type",
    { path: MANIFEST, fault: { kind: "header", name: "Content-Type", value: "text/html" } },
    ["data-loss", "unsupported", "invalid-argument"],
  ],
  [
    "a manifest without end",
    { method: "GET", path: MANIFEST, fault: { kind: "endless" } },
    ["data-loss", "resource-exhausted"],
  ],
  [
    "blobs with a flipped byte",
    { path: BLOB, fault: { kind: "flip", at: { below: 20 } } },
    ["data-loss"],
  ],
  ["layers with a flipped byte", { path: BLOB, fault: { kind: "flip", at: 1000 } }, ["data-loss"]],
  ["layers without end", { path: BLOB, nth: [2, 3, 4], fault: { kind: "endless" } }, ["data-loss"]],
  [
    "blobs that are empty",
    { path: BLOB, fault: { kind: "truncate", to: 0 } },
    ["data-loss", "unavailable"],
  ],
  ["blobs without end", { path: BLOB, fault: { kind: "endless" } }, ["data-loss"]],
  [
    "blobs longer than promised",
    { path: BLOB, fault: { kind: "wrong-length", by: 10 } },
    ["data-loss", "unavailable"],
  ],
  ["blobs that are 404", { path: BLOB, fault: { kind: "answer", status: 404 } }, ["not-found"]],
  [
    "an HTML page in place of everything",
    { fault: { kind: "header", name: "Content-Type", value: "text/html" } },
    ["data-loss", "unsupported", "invalid-argument"],
  ],
];

/** What a push gets over. */
export const pushSurvives: readonly (readonly [string, readonly Rule[]])[] = [
  [
    "503 when an upload begins",
    [{ method: "POST", nth: [1, 2], fault: { kind: "answer", status: 503 } }],
  ],
  ["503 for bytes", [{ method: "PATCH", nth: [1], fault: { kind: "answer", status: 503 } }]],
  [
    "503 at the end of an upload",
    [{ method: "PUT", path: UPLOAD, nth: [1], fault: { kind: "answer", status: 503 } }],
  ],
  [
    "503 for the manifest",
    [{ method: "PUT", path: MANIFEST, nth: [1], fault: { kind: "answer", status: 503 } }],
  ],
  [
    "bytes that are cut",
    [{ method: "PATCH", nth: [1, 2], fault: { kind: "cut-request", after: { below: 100_000 } } }],
  ],
  [
    "bytes that are cut again and again, near the end too",
    [
      {
        method: "PATCH",
        nth: [1, 2, 3],
        fault: { kind: "cut-request", after: { below: 400_000 } },
      },
    ],
  ],
  [
    "answers to bytes that are lost",
    [{ method: "PATCH", nth: [1, 2], fault: { kind: "hang-up" } }],
  ],
  [
    "the answer to the end of an upload lost",
    [{ method: "PUT", path: UPLOAD, nth: [1], fault: { kind: "cut-response", after: 0 } }],
  ],
  [
    "the answer to the manifest lost",
    [{ method: "PUT", path: MANIFEST, nth: [1], fault: { kind: "hang-up" } }],
  ],
  ["questions that get no answer", [{ method: "HEAD", nth: [1, 3], fault: { kind: "hang-up" } }]],
];

/** What a push must not get over. */
export const pushRefuses: readonly (readonly [string, Rule, readonly Kind[]])[] = [
  ["no answer, ever", { fault: { kind: "hang-up" } }, ["unavailable"]],
  [
    "500 for every upload",
    { method: "POST", fault: { kind: "answer", status: 500 } },
    ["unavailable", "internal"],
  ],
  [
    "403 for the manifest",
    { method: "PUT", path: MANIFEST, fault: { kind: "answer", status: 403 } },
    ["permission-denied"],
  ],
  [
    "413 for bytes",
    { path: UPLOAD, method: "PATCH", fault: { kind: "answer", status: 413 } },
    ["resource-exhausted", "invalid-argument", "failed-precondition"],
  ],
  [
    "every byte cut",
    { path: UPLOAD, method: "PATCH", fault: { kind: "cut-request", after: 0 } },
    ["unavailable"],
  ],
  [
    "an upload without Location",
    { method: "POST", fault: { kind: "header", name: "Location", value: "" } },
    ["unsupported", "data-loss", "unavailable"],
  ],
];

/** All of it at once. */
export const storm: readonly Rule[] = [
  { chance: 0.1, fault: { kind: "answer", status: 503 } },
  { chance: 0.1, fault: { kind: "hang-up" } },
  { method: "PATCH", chance: 0.5, fault: { kind: "cut-request", after: { below: 300_000 } } },
  { path: BLOB, chance: 0.4, fault: { kind: "cut-response", after: { below: 300_000 } } },
  { path: BLOB, chance: 0.05, fault: { kind: "flip", at: { below: 300_000 } } },
  { chance: 0.05, fault: { kind: "truncate", to: { below: 1000 } } },
  { path: BLOB, chance: 0.05, fault: { kind: "wrong-length", by: 5 } },
];
