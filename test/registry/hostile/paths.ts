import { digestOf } from "../conformance/content.ts";
import { requestText } from "./raw-http.ts";
import { answersTo, type Target, type Trick } from "./trick.ts";

const good = digestOf("good");
const hex = good.slice("sha256:".length);
const up = ["..", "../..", "%2e%2e", "%2e%2e%2f%2e%2e", "..%2f..%2fetc", "....//..", "%252e%252e"];

/** What of these the URL's rules do not turn into a name below /v2/ again. */
const leavingV2 = up.filter((path) => !["..", "%2e%2e"].includes(path));
/** RFC 3986, 5.2.4, and what browsers make of a backslash. */
const resolved = ["a/../b", "./a", "a/./b", "a\\b", "a/%2e%2e/b", "a/%2E./b", "a%2fb", "a%2F%62"];

const names = [
  ...up,
  ...leavingV2.map((path) => `a/${path}/b`),
  ...["/", "a//b", "a/", "A", "a/B", "-a", "a-", ".a", "a.", "_a", "a..b", "a___b"],
  ...["a%00b", "a%0d%0ab", "a%20b", "a;b", "a:b", "a@b", "a*b", "%c3%a4", "%ff%fe", "%zz"],
  ...["a".repeat(256), `${"a/".repeat(200)}a`, "a".repeat(9000)],
];

const digests = [
  ...up.map((path) => `sha256:${path}`),
  ...["sha256:", "sha256", ":", `SHA256:${hex}`, `sha256:${hex.toUpperCase()}`, `sha256:${hex}0`],
  ...[`sha256:${hex.slice(1)}`, `sha512:${hex}`, `md5:${hex.slice(32)}`, `sha256+b64:${hex}`],
  ...[`sha256:${hex}%00`, `sha256:${hex}%2f..`, `sha256:${"0".repeat(9000)}`, `__proto__:${hex}`],
];

const ids = [
  ...up,
  ...[
    "0",
    "%00",
    "*",
    ".",
    "~",
    "-",
    "a.b",
    "x".repeat(5000),
    "../blobs",
    "%2e%2e%2fregistry.sqlite",
  ],
  ...["00000000-0000-4000-8000-000000000000", "' or 1=1 --", "\u0001"].map(encodeURIComponent),
];

const references = [
  ...up,
  ...["%00", ".a", "-a", "a".repeat(129), "a%20b", "a%2fb", "%ff", "*", "a'b", "a%3bb"],
];

function trick(
  name: string,
  verdict: string,
  requests: (target: Target) => readonly string[],
): Trick {
  return { name, verdict, run: (target) => answersTo(target.host, requests(target)) };
}

const refused = "refused before anything is looked up";

/** Names, digests, ids and references that mean to be paths, or that are none of what they claim. */
export const pathTricks: readonly Trick[] = [
  trick("repository names that lead up, are no names or too long", refused, () =>
    names.flatMap((name) => [
      requestText("GET", `/v2/${name}/tags/list`),
      requestText("POST", `/v2/${name}/blobs/uploads/`),
      requestText("PUT", `/v2/${name}/manifests/latest`, {}, "{}"),
      requestText("GET", `/v2/${name}/blobs/${good}`),
    ]),
  ),
  trick(
    "names with dots, backslashes and escapes that a URL's rules resolve",
    "the name that is left is the one that counts, for the access rules too",
    () => resolved.map((name) => requestText("POST", `/v2/${name}/blobs/uploads/`)),
  ),
  trick("digests that lead up, of another length, case or algorithm", refused, ({ peer }) =>
    digests.flatMap((digest) => [
      ...["GET", "DELETE"].map((method) =>
        requestText(method, `/v2/${peer.repository}/blobs/${digest}`),
      ),
      requestText("POST", `/v2/${peer.repository}/blobs/uploads/?digest=${digest}`, {}, "x"),
      requestText("POST", `/v2/${peer.repository}/blobs/uploads/?mount=${digest}`),
      requestText("GET", `/v2/${peer.repository}/referrers/${digest}`),
    ]),
  ),
  trick(
    "upload ids that lead up, or that nobody was given",
    "there is no such upload",
    ({ peer }) =>
      ids.flatMap((id) => [
        ...["GET", "DELETE"].map((method) =>
          requestText(method, `/v2/${peer.repository}/blobs/uploads/${id}`),
        ),
        requestText("PATCH", `/v2/${peer.repository}/blobs/uploads/${id}`, {}, "x"),
        requestText("PUT", `/v2/${peer.repository}/blobs/uploads/${id}?digest=${good}`, {}, "x"),
      ]),
  ),
  trick("tags that lead up or are none", refused, ({ peer }) =>
    references.flatMap((reference) => [
      ...["GET", "DELETE"].map((method) =>
        requestText(method, `/v2/${peer.repository}/manifests/${reference}`),
      ),
      requestText("PUT", `/v2/${peer.repository}/manifests/${reference}`, {}, "{}"),
    ]),
  ),
  trick(
    "a mount from a repository whose name leads up",
    "an upload begins, nothing is mounted",
    ({ peer }) =>
      [...up, "/etc", "A", "a".repeat(4000)].map((from) =>
        requestText("POST", `/v2/${peer.repository}/blobs/uploads/?mount=${good}&from=${from}`),
      ),
  ),
  trick(
    "page sizes and page starts out of range",
    "refused, or as if it was not there",
    ({ peer }) =>
      [
        "n=-1",
        "n=1e308",
        "n=NaN",
        "n=99999999999999999999",
        `last=${"z".repeat(4000)}`,
        "last=%00",
        "n=1&n=2",
      ].flatMap((query) => [
        requestText("GET", `/v2/${peer.repository}/tags/list?${query}`),
        requestText("GET", `/v2/_catalog?${query}`),
      ]),
  ),
];
