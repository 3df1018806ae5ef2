import { fail } from "#errors";
import type { LogEntry, LogOptions } from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** What a container has written. */
export function readLogs(
  _store: ContainerStore,
  _container: Container,
  _options: LogOptions,
): AsyncIterable<LogEntry> {
  return fail("unsupported", "logs is not there yet");
}
