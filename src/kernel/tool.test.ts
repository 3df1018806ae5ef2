// Needs aardvark-dns, which no PATH leads to.
import { expect, test } from "bun:test";
import { findTool, requireTool } from "./index.ts";

test("programs are found where PATH does not lead", () => {
  expect(findTool("aardvark-dns")).toMatch(/^\/usr\/(lib|libexec)\/podman\/aardvark-dns$/);
});

test("a missing one is told with how to install it", () => {
  expect(findTool("no-such-program")).toBeUndefined();
  expect(() => requireTool("no-such-program")).toThrow("no-such-program not found: install it");
});
