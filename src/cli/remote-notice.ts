import type { RemoteNotice } from "#remote";
import { humanDuration } from "./output/index.ts";

/** A line for the user about what a registry made us do. */
export function noticeText(notice: RemoteNotice): string {
  switch (notice.kind) {
    case "retry": {
      const wait = notice.inMs < 1000 ? `${notice.inMs} ms` : `${Math.round(notice.inMs / 1000)} s`;
      return `${notice.what}: ${notice.reason}; trying again in ${wait}`;
    }
    case "mirror-failed":
      return `WARNING: mirror ${notice.mirror}: ${notice.reason}`;
    case "quota": {
      const window = humanDuration(notice.windowSeconds * 1000).toLowerCase();
      return `WARNING: ${notice.remaining} of ${notice.limit} pulls in ${window} are left`;
    }
  }
}
