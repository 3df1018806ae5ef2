import { expect, test } from "bun:test";
import { createMetrics } from "./metrics.ts";

const get = { method: "GET", route: "blob", status: 200, bytesIn: 0, bytesOut: 10, durationMs: 4 };

test("requests, durations and bytes in Prometheus' format", () => {
  const metrics = createMetrics();
  metrics.observe(get);
  metrics.observe({ ...get, durationMs: 700 });
  metrics.observe({ ...get, method: 'X"\n', status: 405, durationMs: 90_000 });
  metrics.countError("unavailable");
  metrics.countProxy("hit");
  metrics.uploadBegan();
  const lines = metrics.format(3).split("\n");
  const series = "shale_registry_request_duration_seconds";
  for (const line of [
    'shale_registry_requests_total{method="GET",route="blob",status="200"} 2',
    'shale_registry_requests_total{method="OTHER",route="blob",status="405"} 1',
    `${series}_bucket{method="GET",route="blob",le="0.001"} 0`,
    `${series}_bucket{method="GET",route="blob",le="0.005"} 1`,
    `${series}_bucket{method="GET",route="blob",le="1"} 2`,
    `${series}_bucket{method="GET",route="blob",le="+Inf"} 2`,
    `${series}_bucket{method="OTHER",route="blob",le="60"} 0`,
    `${series}_count{method="OTHER",route="blob"} 1`,
    "shale_registry_sent_bytes_total 30",
    'shale_registry_errors_total{kind="unavailable"} 1',
    'shale_registry_proxy_total{result="hit"} 1',
    "shale_registry_requests_pending 3",
    "shale_registry_uploads_in_progress 1",
  ])
    expect(lines).toContain(line);
  expect(
    lines.every(
      (line) => line === "" || /^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[^{}]*\})? [\d.e+-]+)$/.test(line),
    ),
  ).toBe(true);
});
