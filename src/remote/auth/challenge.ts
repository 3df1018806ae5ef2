/** One way to sign in that a server offers (RFC 7235 section 4.1). */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const LONGEST = 16 << 10;
const SCHEME = /[,\s]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=[\s,]|$)(?!\s*=)\s*/y;
const PARAMETER =
  /[,\s]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))(?=\s*(?:,|$))/y;

/** The challenges of a `WWW-Authenticate` header; what cannot be read ends the list. */
export function parseChallenges(header: string): readonly Challenge[] {
  const text = header.slice(0, LONGEST);
  const challenges: Challenge[] = [];
  let at = 0;
  for (;;) {
    const scheme = match(SCHEME, text, at);
    if (scheme === undefined) return challenges;
    const { parameters, end } = parseParameters(text, at + scheme[0].length);
    challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters });
    at = end;
  }
}

function parseParameters(
  text: string,
  from: number,
): { parameters: Map<string, string>; end: number } {
  const parameters = new Map<string, string>();
  let end = from;
  for (let found = match(PARAMETER, text, end); found; found = match(PARAMETER, text, end)) {
    const value = found[2]?.replace(/\\(.)/g, "$1") ?? found[3] ?? "";
    parameters.set(found[1]!.toLowerCase(), value);
    end += found[0].length;
  }
  return { parameters, end };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
