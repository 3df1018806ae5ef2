export { clipLine } from "./clip.ts";
export { LiveView, type LiveViewOptions } from "./live-view.ts";
export { formatError, printable, reportError, showText } from "./report.ts";
export { type Column, formatRows, type RowFormat } from "./rows.ts";
export { type Output, OutputClosed, openOutput } from "./stdio.ts";
export { alignTabs, type TabwriterOptions } from "./tabwriter.ts";
export { displayWidth, ellipsis, truncateId } from "./text.ts";
export { bytesSize, humanDuration, humanSince, humanSize } from "./units.ts";
