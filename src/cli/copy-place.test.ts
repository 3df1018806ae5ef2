import { expect, test } from "bun:test";
import { formatPlace } from "#image";
import { parsePlace } from "./copy-place.ts";

test.each([
  ["alpine", { kind: "registry", name: "alpine" }],
  ["docker://localhost:5000/a/b:1", { kind: "registry", name: "localhost:5000/a/b:1" }],
  ["localhost:5000/a", { kind: "registry", name: "localhost:5000/a" }],
  ["store:a/b:1", { kind: "store", name: "a/b:1" }],
  ["oci:out", { kind: "oci", path: "/here/out" }],
  ["oci:/abs/out:v1", { kind: "oci", path: "/abs/out", reference: "v1" }],
  ["oci-archive:x.tar:", { kind: "oci-archive", path: "/here/x.tar" }],
  [
    "docker-archive:../x.tar:h:5/a:1",
    { kind: "docker-archive", path: "/x.tar", reference: "h:5/a:1" },
  ],
] as const)("%s", (text, place) => {
  expect(parsePlace(text, "/here")).toEqual(place);
  expect(parsePlace(formatPlace(place), "/")).toEqual(place);
});

test("refuses what names nothing", () => {
  expect(() => parsePlace("oci:", "/")).toThrow('"oci:" names no file');
  expect(() => parsePlace("containers-storage://x", "/")).toThrow(
    "there is no containers-storage://",
  );
});
