import { fail } from "#errors";

/** A part of a multipart upload that is stored; its number is its place in the list, from 1 on. */
export interface Part {
  readonly etag: string;
  readonly size: number;
}

/** What is stored of an upload: the parts, then the tail, in this order. */
export interface UploadState {
  /** Another one after each append: what a replica remembers of a version is of no other one. */
  readonly version: string;
  /** Where the parts come together. */
  readonly multipart?: { readonly key: string; readonly uploadId: string };
  readonly parts: readonly Part[];
  /** An object of its own, with what is too little for a part. */
  readonly tail?: { readonly key: string; readonly size: number };
  /** The tail before this one: removed once it is sure that this state is the one that counts. */
  readonly stale?: string;
  /** Of all the bytes, when one replica has seen all of them; hexadecimal. */
  readonly hash?: string;
}

export function newState(): UploadState {
  return { version: crypto.randomUUID(), parts: [] };
}

export function parseState(text: string): UploadState {
  try {
    const state = JSON.parse(text) as UploadState;
    if (typeof state.version === "string" && Array.isArray(state.parts)) return state;
  } catch {}
  return fail("data-loss", "the state of this upload cannot be read; begin it again");
}

export function formatState(state: UploadState): string {
  return JSON.stringify(state);
}
