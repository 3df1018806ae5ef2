import type { StoreEvent } from "#engine";
import { localParts } from "./local-time.ts";
import { formatJson, type JsonText } from "./template/index.ts";

/** An event as docker's CLI prints it: local time with nanoseconds, what, to whom, and details. */
export function eventLine({ time, type, action, actor, attributes }: StoreEvent): string {
  const { day, time: clock, offset } = localParts(time);
  const fraction = String(nanoseconds(time) % 1_000_000_000n).padStart(9, "0");
  const zone = offset === "+00:00" ? "Z" : offset;
  const details = sorted(attributes).map(([key, value]) => `${key}=${value}`);
  const list = details.length > 0 ? ` (${details.join(", ")})` : "";
  return `${day}T${clock}.${fraction}${zone} ${type} ${action} ${actor}${list}`;
}

/** An event as templates and JSON have it: Docker's `events.Message`. */
export class EventMessage implements JsonText {
  readonly Status: string;
  readonly ID: string;
  readonly From: string;
  readonly Type: string;
  readonly Action: string;
  readonly Actor: Actor;
  readonly Scope = "local";
  readonly Time: number;
  readonly TimeNano: bigint;

  constructor({ type, action, actor, attributes, time }: StoreEvent) {
    // Docker has kept these, from before there were types, for the kinds that there were then.
    const isOld = type === "container" || type === "image";
    this.Status = isOld ? action : "";
    this.ID = isOld ? actor : "";
    this.From = (type === "container" && attributes.image) || "";
    this.Type = type;
    this.Action = action;
    this.Actor = new Actor(actor, new Map(sorted(attributes)));
    this.Time = Math.floor(time / 1000);
    this.TimeNano = nanoseconds(time);
  }

  marshalJson(): string {
    const { Status, ID, From, Type, Action, Actor, Scope, Time, TimeNano } = this;
    const old = [
      ["status", Status],
      ["id", ID],
      ["from", From],
    ].filter(([, value]) => value !== "");
    const message = { Type, Action, Actor, scope: Scope, time: Time, timeNano: TimeNano };
    return formatJson({ ...Object.fromEntries(old), ...message }, true);
  }
}

class Actor {
  readonly ID: string;
  readonly Attributes: ReadonlyMap<string, string>;

  constructor(id: string, attributes: ReadonlyMap<string, string>) {
    this.ID = id;
    this.Attributes = attributes;
  }
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(milliseconds) * 1_000_000n;
}

function sorted(attributes: StoreEvent["attributes"]): [string, string][] {
  return Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
}
