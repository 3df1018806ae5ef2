import type { DriverName, SnapshotterOptions } from "./index.ts";
import { activeSuite } from "./suite/active.ts";
import { Fixture } from "./suite/fixture.ts";
import { housekeepingSuite } from "./suite/housekeeping.ts";
import { layersSuite } from "./suite/layers.ts";
import { migrationSuite } from "./suite/migration.ts";

/** What every driver does; needs root. */
export function snapshotterSuite(driver: DriverName, source?: SnapshotterOptions["source"]): void {
  const fixture = new Fixture(driver, source);
  layersSuite(fixture);
  activeSuite(fixture);
  housekeepingSuite(fixture);
  migrationSuite(fixture);
}
