import { type Answer, codesOf, type Peer } from "../conformance/peer.ts";
import type { RawAnswer } from "./raw-http.ts";
import { sendRaw } from "./raw-http.ts";

export interface Target {
  /** `127.0.0.1:1234` */
  readonly host: string;
  readonly pid: number;
  /** A repository that the tricks may use. */
  readonly peer: Peer;
}

/** What came of a trick: how many requests were sent, and what all of the answers were. */
export interface Outcome {
  readonly tried: number;
  readonly answers: string;
}

export interface Trick {
  readonly name: string;
  /** What the registry does. The page says so, the test expects it. */
  readonly verdict: string;
  run(target: Target): Promise<Outcome>;
}

/** Sends requests one after the other and gives the sorted set of their answers. */
export async function answersTo(host: string, requests: readonly string[]): Promise<Outcome> {
  const seen = new Set<string>();
  for (const request of requests) seen.add(answerOf(await sendRaw(host, request)));
  return { tried: requests.length, answers: [...seen].toSorted().join(", ") };
}

/** Status and error code of an answer. */
export function answerOf({ status, text }: RawAnswer): string {
  if (status === 0) return "closed";
  const code = /"code": *"([A-Z_]+)"/.exec(text)?.[1];
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** The sorted set of answers. */
export function outcomeOf(answers: readonly Answer[]): Outcome {
  const texts = answers.map((answer) =>
    answer.status < 400 ? String(answer.status) : `${answer.status} ${codesOf(answer)[0]}`,
  );
  return { tried: answers.length, answers: [...new Set(texts)].toSorted().join(", ") };
}
