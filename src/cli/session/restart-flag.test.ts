import { expect, test } from "bun:test";
import { parseRestartPolicy } from "./restart-flag.ts";

test("a policy may have a count", () => {
  expect(parseRestartPolicy("no")).toEqual({ Name: "no", MaximumRetryCount: 0 });
  expect(parseRestartPolicy("on-failure:3")).toEqual({ Name: "on-failure", MaximumRetryCount: 3 });
  expect(() => parseRestartPolicy("on-failure:x")).toThrow(
    "invalid restart policy format: maximum retry count must be an integer",
  );
  expect(() => parseRestartPolicy("a:b:c")).toThrow("maximum retry count must be an integer");
  expect(() => parseRestartPolicy(":3")).toThrow("no policy provided before colon");
});
