import { isAbsolute } from "node:path";
import { fail, messageOf } from "#errors";
import type { MountConfig } from "../host-config.ts";
import { isMode, parseMode } from "./mode.ts";
import { checkMount } from "./mount-config.ts";

/** One entry of `Binds`, as what it stands for. */
export interface Bind {
  readonly config: MountConfig;
  /** The options as given. */
  readonly mode: string;
}

/**
 * `SOURCE:TARGET[:OPTIONS]`, or a target alone for a volume without a name. Fails with
 * `invalid-argument` in Docker's words.
 */
export function parseBind(text: string, driver?: string): Bind {
  const { source, target, mode } = split(text);
  const { readOnly, recursive, propagation, noCopy } = parseMode(mode);
  const common = { Target: target, ReadOnly: readOnly, ...(source && { Source: source }) };
  const isBind = isAbsolute(source);
  if (recursive !== undefined && !isBind)
    invalid(text, `mount mode "${mode}" requires a bind mount: `);
  const BindOptions = {
    CreateMountpoint: true,
    ...(propagation && { Propagation: propagation }),
    ...(recursive === true && { ReadOnlyForceRecursive: true }),
    ...(recursive === false && { ReadOnlyNonRecursive: true }),
  };
  const VolumeOptions = { NoCopy: noCopy, ...(driver && { DriverConfig: { Name: driver } }) };
  const config: MountConfig = isBind
    ? { Type: "bind", ...common, BindOptions }
    : { Type: "volume", ...common, VolumeOptions };
  if (!isBind && propagation) refuse(text, config, "field BindOptions must not be specified");
  if (isBind && noCopy) refuse(text, config, "field VolumeOptions must not be specified");
  return { config: checked(text, config), mode };
}

function split(text: string): { source: string; target: string; mode: string } {
  const parts = text.split(":");
  const [first = "", second = "", third = ""] = parts;
  if (first === "" || parts.length > 3) invalid(text);
  if (parts.length === 1) return { source: "", target: first, mode: "" };
  // A volume without a name has no options: /foo:rw is none.
  if (parts.length === 2 && isMode(second)) invalid(text);
  return { source: first, target: second, mode: third };
}

function checked(text: string, config: MountConfig): MountConfig {
  try {
    checkMount(config);
    return config;
  } catch (error) {
    return fail("invalid-argument", `invalid volume specification: '${text}': ${messageOf(error)}`);
  }
}

function refuse(text: string, { Type }: MountConfig, reason: string): never {
  const what = `invalid mount config for type "${Type}": ${reason}`;
  return fail("invalid-argument", `invalid volume specification: '${text}': ${what}`);
}

function invalid(text: string, before = ""): never {
  return fail("invalid-argument", `${before}invalid volume specification: '${text}'`);
}
