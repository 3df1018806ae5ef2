import { expect, test } from "bun:test";
import { runCommand } from "../testing/run-command.ts";
import systemPrune from "./system-prune.ts";

const asked: unknown[] = [];
const told = (result: object) => async (options: unknown) => {
  asked.push(options);
  return result;
};
const services = {
  containers: { prune: told({ removed: ["c0ffee"], bytes: 1000 }) },
  networks: { prune: told({ removed: ["net"] }) },
  volumes: { prune: told({ removed: ["vol"], bytes: 500 }) },
  images: {
    prune: told({ removals: [{ untagged: "x:1" }, { deleted: "sha256:aa" }], reclaimed: 500 }),
    pruneCache: told({ records: [], reclaimed: 0 }),
  },
} as never;

test("prunes one after the other, and sums up", async () => {
  const args = ["-af", "--volumes", "--filter", "label=x"];
  expect(await runCommand(systemPrune, args, services)).toEqual({
    code: 0,
    stdout:
      "Deleted Containers:\nc0ffee\n\nDeleted Networks:\nnet\n\nDeleted Volumes:\nvol\n\n" +
      "Deleted Images:\nuntagged: x:1\ndeleted: sha256:aa\n\nTotal reclaimed space: 2kB\n",
    stderr: "",
  });
  const filters = { label: ["x"] };
  expect(asked).toEqual([filters, filters, filters, { all: true, filters }, { all: true }]);
});

test("cannot filter volumes by time", async () => {
  const outcome = await runCommand(
    systemPrune,
    ["-f", "--volumes", "--filter", "until=1h"],
    services,
  );
  expect(outcome).toMatchObject({
    code: 1,
    stderr: 'ERROR: The "until" filter is not supported with "--volumes"\n',
  });
});
