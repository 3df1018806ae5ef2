import { readFileSync, statSync } from "node:fs";
import { fail, KindedError, messageOf } from "#errors";
import type { AuthEntry } from "./auth-entry.ts";

/** More than any configuration written by people or by docker has. */
const LARGEST = 16 * 1024 * 1024;

type Json = Record<string, unknown>;

/** What a configuration file says of credentials; everything else in it is kept. */
export interface AuthDocument {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  /** The helper of everything that {@link credHelpers} does not name. */
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/**
 * Reads docker's `config.json` or containers' `auth.json`; undefined when there is none. Fails
 * with `data-loss` and the file's name when it is damaged, `permission-denied` when it is not ours.
 */
export function readAuthFile(path: string): AuthDocument | undefined {
  const text = readText(path);
  return text === undefined ? undefined : parseAuthDocument(text, path);
}

/** Reads `~/.dockercfg`, which is nothing but `auths`. */
export function readLegacyFile(path: string): AuthDocument | undefined {
  const text = readText(path);
  return text === undefined ? undefined : parseAuthDocument(`{"auths":${text}}`, path);
}

/** `place` is what a failure names. */
export function parseAuthDocument(text: string, place: string): AuthDocument {
  const document = parseJson(text, place);
  const damaged = (what: string) => fail("data-loss", parseFailure(place, what));
  if (!isObject(document)) return damaged("it is no JSON object");
  const { auths = {}, credsStore = "", credHelpers = {} } = document;
  if (!isObject(auths) || !Object.values(auths).every(isObject))
    damaged("auths is no object of objects");
  if (typeof credsStore !== "string") damaged("credsStore is no string");
  if (
    !isObject(credHelpers) ||
    !Object.values(credHelpers).every((name) => typeof name === "string")
  )
    damaged("credHelpers is no object of strings");
  return document as AuthDocument;
}

/** The engine's own words for a syntax error would show what stands there: a secret, perhaps. */
function parseJson(text: string, place: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return fail("data-loss", parseFailure(place, "it is not JSON"));
  }
}

function parseFailure(place: string, reason: string): string {
  return `Error parsing config file (${place}): ${reason}; correct or remove it`;
}

function readText(path: string): string | undefined {
  try {
    const { size } = statSync(path);
    if (size > LARGEST) fail("data-loss", parseFailure(path, `it has ${size} bytes`));
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof KindedError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const kind = code === "EACCES" ? "permission-denied" : "internal";
    return fail(kind, `Error loading config file: ${messageOf(error)}`, error);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
