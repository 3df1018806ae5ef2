import { expect } from "bun:test";
import { digestOf, putManifest } from "./content.ts";
import { codesOf, jsonOf, type Peer } from "./peer.ts";
import type { RegistryCase } from "./registry-case.ts";

const missing = digestOf("missing");

const failures: readonly (readonly [
  status: number | readonly number[],
  code: string,
  method: string,
  path: string,
])[] = [
  [404, "BLOB_UNKNOWN", "GET", `blobs/${missing}`],
  [404, "MANIFEST_UNKNOWN", "DELETE", `manifests/${missing}`],
  [404, "NAME_UNKNOWN", "GET", "tags/list"],
  [404, "BLOB_UPLOAD_UNKNOWN", "PATCH", "blobs/uploads/00000000-0000-4000-8000-000000000000"],
  [400, "DIGEST_INVALID", "GET", "blobs/sha256:0"],
  [400, "DIGEST_INVALID", "POST", "blobs/uploads/?digest=sha256:0"],
  [400, "NAME_INVALID", "GET", "/v2/UPPER/tags/list"],
  [400, "NAME_INVALID", "POST", "/v2/a--__b/blobs/uploads/"],
  [400, "NAME_INVALID", "GET", `/v2/${"a".repeat(256)}/tags/list`],
];

/** Spec, "Error Codes": the body of every refusal is the same kind of JSON. */
export const errorCodes: readonly RegistryCase[] = [
  ...failures.map(([status, code, method, path]) => ({
    section: "Error Codes",
    name: `${method} ${path.replace(missing, "<digest>").slice(0, 60)}: ${code}`,
    async run(peer: Peer) {
      const answer = await peer.ask(method, path);
      expect([answer.status, ...codesOf(answer)]).toEqual([status as number, code]);
      expect(answer.headers.get("content-type")).toStartWith("application/json");
      const { errors } = jsonOf<{ errors: { message: unknown }[] }>(answer);
      expect(typeof errors[0]?.message).toBe("string");
    },
  })),
  {
    section: "Error Codes",
    name: "HEAD has the status alone",
    async run(peer) {
      const answer = await peer.ask("HEAD", `blobs/${missing}`);
      expect([answer.status, answer.body.length]).toEqual([404, 0]);
    },
  },
  {
    section: "Error Codes",
    name: "an invalid manifest is MANIFEST_INVALID, whatever its reference",
    async run(peer) {
      for (const reference of ["tag", digestOf("{")]) {
        const answer = await putManifest(peer, reference, new TextEncoder().encode("{"));
        expect([answer.status, ...codesOf(answer)]).toEqual([400, "MANIFEST_INVALID"]);
      }
    },
  },
  {
    section: "Endpoints",
    name: "a method that an endpoint has not is 405 and names those it has",
    async run(peer) {
      for (const path of [
        "tags/list",
        "manifests/a",
        `blobs/${missing}`,
        "/v2/",
        "blobs/uploads/",
      ]) {
        const answer = await peer.ask("OPTIONS", path);
        expect([answer.status, ...codesOf(answer)]).toEqual([405, "UNSUPPORTED"]);
        expect(answer.headers.get("allow")).toMatch(/GET|POST/);
      }
    },
  },
  {
    section: "Endpoints",
    name: "a path that is none is 404",
    async run(peer) {
      for (const path of ["/", "/v1/", "/v2/x", "nothing", "manifests/a/b", "/v2//tags/list"])
        expect((await peer.ask("GET", path)).status).toBeOneOf([400, 404]);
    },
  },
  {
    section: "Endpoints",
    name: "repository names of every legal shape",
    async run(peer) {
      const id = crypto.randomUUID();
      const names = [
        "a",
        "a.b_c__d-e---f",
        "0/1/2/3/4/5",
        `${"x".repeat(100)}/y`,
        "blobs/uploads",
        "manifests/tags",
      ];
      for (const name of names) {
        const answer = await peer.ask("POST", `/v2/${id}/${name}/blobs/uploads/`);
        expect([name, answer.status]).toEqual([name, 202]);
      }
    },
  },
];
