import { fail } from "#errors";
import { findTool } from "#kernel";
import type { BindMount } from "#runtime";

/** Where Docker has it inside. */
const TARGET = "/sbin/docker-init";
/** Those that need no library of the image. */
const PROGRAMS = ["docker-init", "tini-static", "catatonit"];

/** A small init as first process, which reaps what is left to it and passes signals on. */
export interface Init {
  readonly mount: BindMount;
  /** The beginning of the command line. */
  readonly argv: readonly string[];
}

/** Fails with `failed-precondition` when none is installed. */
export function chooseInit(): Init {
  const source = PROGRAMS.map(findTool).find((path) => path !== undefined);
  if (source === undefined)
    fail("failed-precondition", 'no init for --init: install one with "apt-get install tini"');
  const mount = { kind: "bind", source, target: TARGET, readOnly: true } as const;
  return { mount, argv: [TARGET, "--"] };
}
