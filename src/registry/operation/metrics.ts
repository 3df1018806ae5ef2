/** What is told of a request once its response is known. */
export interface Observation {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
}

/** Numbers about a server since it began, for Prometheus. */
export interface Metrics {
  observe(observation: Observation): void;
  /** One more failure of this kind that is not the client's. */
  countError(kind: string): void;
  /** One more answer of the pull-through cache: `hit`, `miss`, `stale`. */
  countProxy(result: string): void;
  uploadBegan(): void;
  uploadEnded(): void;
  /**
   * All of it in Prometheus' text format.
   *
   * @param pending requests that have not been answered in full
   * @see https://prometheus.io/docs/instrumenting/exposition_formats/
   */
  format(pending: number): string;
}

/** Upper bounds of the duration's buckets, seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60] as const;
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const durations = new Map<string, Histogram>();
  const errors = new Map<string, number>();
  const proxied = new Map<string, number>();
  let received = 0;
  let sent = 0;
  let uploads = 0;
  return {
    observe({ method, route, status, bytesIn, bytesOut, durationMs }) {
      const name = METHODS.has(method) ? method : "OTHER";
      const labels = `method="${name}",route="${route}"`;
      increase(requests, `${labels},status="${status}"`);
      received += bytesIn;
      sent += bytesOut;
      let histogram = durations.get(labels);
      if (!histogram) {
        histogram = { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 };
        durations.set(labels, histogram);
      }
      add(histogram, durationMs / 1000);
    },
    countError: (kind) => increase(errors, `kind="${kind}"`),
    countProxy: (result) => increase(proxied, `result="${result}"`),
    uploadBegan: () => void uploads++,
    uploadEnded: () => void uploads--,
    format: (pending) =>
      [
        ...counter("requests_total", "Requests by method, route and status", requests),
        ...histograms(durations),
        ...counter("received_bytes_total", "Bytes of requests' bodies", [["", received]]),
        ...counter("sent_bytes_total", "Bytes of responses' bodies", [["", sent]]),
        ...counter("errors_total", "Failures of storage, database and the like", errors),
        ...counter("proxy_total", "Answers of the pull-through cache", proxied),
        ...gauge("requests_pending", "Requests that are being answered", pending),
        ...gauge("uploads_in_progress", "Requests that are sending bytes of a blob", uploads),
        "# HELP process_resident_memory_bytes Resident memory size in bytes.",
        "# TYPE process_resident_memory_bytes gauge",
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
        "",
      ].join("\n"),
  };
}

function increase(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function add(histogram: Histogram, seconds: number): void {
  const index = BOUNDS.findIndex((bound) => seconds <= bound);
  if (index >= 0) histogram.buckets[index]!++;
  histogram.sum += seconds;
  histogram.count++;
}

function* counter(
  name: string,
  help: string,
  counts: Iterable<readonly [labels: string, count: number]>,
): Generator<string> {
  yield `# HELP shale_registry_${name} ${help}.`;
  yield `# TYPE shale_registry_${name} counter`;
  for (const [labels, count] of counts)
    yield `shale_registry_${name}${labels && `{${labels}}`} ${count}`;
}

function gauge(name: string, help: string, value: number): string[] {
  const full = `shale_registry_${name}`;
  return [`# HELP ${full} ${help}.`, `# TYPE ${full} gauge`, `${full} ${value}`];
}

function* histograms(durations: ReadonlyMap<string, Histogram>): Generator<string> {
  const name = "shale_registry_request_duration_seconds";
  yield `# HELP ${name} Time until the response began.`;
  yield `# TYPE ${name} histogram`;
  for (const [labels, { buckets, sum, count }] of durations) {
    let below = 0;
    for (const [index, bound] of BOUNDS.entries()) {
      below += buckets[index]!;
      yield `${name}_bucket{${labels},le="${bound}"} ${below}`;
    }
    yield `${name}_bucket{${labels},le="+Inf"} ${count}`;
    yield `${name}_sum{${labels}} ${sum}`;
    yield `${name}_count{${labels}} ${count}`;
  }
}
