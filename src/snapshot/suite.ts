import type { DriverName } from "./index.ts";
import { activeSuite } from "./suite/active.ts";
import { Fixture } from "./suite/fixture.ts";
import { housekeepingSuite } from "./suite/housekeeping.ts";
import { layersSuite } from "./suite/layers.ts";

/** What every driver does; needs root. */
export function snapshotterSuite(driver: DriverName): void {
  const fixture = new Fixture(driver);
  layersSuite(fixture);
  activeSuite(fixture);
  housekeepingSuite(fixture);
}
