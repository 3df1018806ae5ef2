import { expect, test } from "bun:test";
import { KindedError, kindOf, messageOf } from "./index.ts";

test("an error is not lost when disposing fails on top of it", () => {
  const work = () => {
    using _outer = { [Symbol.dispose]: () => fails("unlock") };
    using _inner = { [Symbol.dispose]: () => fails("close") };
    throw new KindedError("resource-exhausted", "the disk is full");
  };
  const error = thrown(work);
  expect([kindOf(error), messageOf(error)]).toEqual(["resource-exhausted", "the disk is full"]);
});

function fails(what: string): never {
  throw new Error(`cannot ${what}`);
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
