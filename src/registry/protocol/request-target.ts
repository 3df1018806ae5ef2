/** What a request is for, without the host. */
export interface RequestTarget {
  /** As it was sent: percent-encoded, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Taken apart by hand: what a client sends as Host may make the URL none. */
export function requestTarget(url: string): RequestTarget {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  const rest = start < 0 ? "/" : url.slice(start).replace(/#.*/s, "");
  const mark = rest.indexOf("?");
  return mark < 0
    ? { path: rest, query: new URLSearchParams() }
    : { path: rest.slice(0, mark), query: new URLSearchParams(rest.slice(mark)) };
}
