import { expect, test } from "bun:test";
import { restoreUnit } from "./restore-unit.ts";

test("a unit calls the program on its store, whatever they are called", () => {
  const unit = restoreUnit("/srv/my store", ["/usr/bin/shale", "--root", '/srv/my "store" 5% $x']);
  expect(unit).toContain('RequiresMountsFor="/srv/my store"\n');
  expect(unit).toContain(
    'ExecStart=/usr/bin/shale --root "/srv/my \\"store\\" 5%% $$x" system restore\n',
  );
});
