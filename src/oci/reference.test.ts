import { describe, expect, test } from "bun:test";
import {
  familiarReference,
  formatReference,
  parseReference,
  parseTaggedReference,
} from "./index.ts";

const hex = "0123456789abcdef".repeat(4);

const CANONICAL: [text: string, canonical: string, familiar: string][] = [
  ["alpine", "docker.io/library/alpine", "alpine"],
  ["alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20"],
  ["user/app", "docker.io/user/app", "user/app"],
  ["docker.io/alpine", "docker.io/library/alpine", "alpine"],
  ["index.docker.io/library/alpine:x", "docker.io/library/alpine:x", "alpine:x"],
  ["localhost/app", "localhost/app", "localhost/app"],
  ["localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"],
  ["ghcr.io/o/r/deep:T_1.x", "ghcr.io/o/r/deep:T_1.x", "ghcr.io/o/r/deep:T_1.x"],
  ["[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"],
  ["HOST/app", "HOST/app", "HOST/app"],
  ["a--b__c/e-f", "docker.io/a--b__c/e-f", "a--b__c/e-f"],
  [`app@sha256:${hex}`, `docker.io/library/app@sha256:${hex}`, `app@sha256:${hex}`],
  [`app:1@sha256:${hex}`, `docker.io/library/app:1@sha256:${hex}`, `app:1@sha256:${hex}`],
];

const REFUSED: [text: string, message: string][] = [
  ["", "invalid reference format"],
  [":tag", "invalid reference format"],
  ["app:", "invalid reference format"],
  ["app:-x", "invalid reference format"],
  ["app@sha256:12", "invalid reference format"],
  ["Upper", "repository name (library/Upper) must be lowercase"],
  ["a//b", "invalid reference format"],
  ["../etc/passwd", "invalid reference format"],
  ["a b", "invalid reference format"],
  ["-a", "invalid reference format"],
  [hex, "cannot specify 64-byte hexadecimal strings"],
  [`h.io/${"a".repeat(256)}`, "must not be more than 255 characters"],
];

describe("references", () => {
  test.each(CANONICAL)("%s", (text, canonical, familiar) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(canonical);
    expect(familiarReference(reference)).toBe(familiar);
  });

  test.each(REFUSED)("%s is refused", (text, message) => {
    expect(() => parseReference(text)).toThrow(message);
  });

  test("latest stands in for a missing tag, not beside a digest", () => {
    expect(parseTaggedReference("app").tag).toBe("latest");
    expect(parseTaggedReference(`app@sha256:${hex}`).tag).toBeUndefined();
  });
});
