import { renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { startCompanion } from "../companions.ts";
import { type ContainerStore, placesOf } from "../container-store.ts";
import type { Container } from "../record.ts";
import { type LogSettings, parseLogConfig } from "./log-config.ts";
import { generationPath } from "./log-files.ts";

/**
 * Once a second: when the log is too large its generations move on, and conmon is told to begin a
 * new one. What came in a burst is cut to what fits, by whole lines.
 */
const LOOP = `
log=$1 control=$2 size=$3 files=$4
while sleep 1 && [ -p "$control" ]; do
  [ "$(stat -c %s "$log" || echo 0)" -ge "$size" ] || continue
  age=$((files - 1))
  while [ $age -gt 1 ]; do
    newer=$log.$((age - 1))
    [ ! -e "$newer" ] || mv -f "$newer" "$log.$age"
    age=$((age - 1))
  done
  mv -f "$log" "$log.1" && echo 2 0 0 >"$control"
  [ "$(stat -c %s "$log.1")" -ge $((2 * size)) ] || continue
  until [ -e "$log" ]; do sleep 0.1; done
  tail -c "$size" "$log.1" | tail -n +2 >"$log.part" && mv -f "$log.part" "$log.1"
done`;

/** What a container's supervisor is to do about its log. */
export function logOptions(store: ContainerStore, { id, record }: Container) {
  const settings = parseLogConfig(record.hostConfig.LogConfig);
  if (!settings.kept) return {};
  const { log } = placesOf(store, id);
  rotateLarge(log, settings);
  // conmon, which begins anew by itself, keeps one file only.
  const { maxSize, maxFile } = settings;
  return { logPath: log, ...(maxSize && maxFile === 1 && { logSize: maxSize }) };
}

/** Starts what moves the generations of a container's log on, where it has several. */
export function watchLog(store: ContainerStore, { id, record }: Container): void {
  const { kept, maxSize, maxFile } = parseLogConfig(record.hostConfig.LogConfig);
  if (!kept || maxSize === undefined || maxFile === 1) return;
  const places = placesOf(store, id);
  const values = [places.log, join(places.bundle, "ctl"), String(maxSize), String(maxFile)];
  startCompanion(places, "log", ["/bin/sh", "-c", LOOP, "shale-log", ...values]);
}

/** A supervisor counts from its own start. */
function rotateLarge(log: string, { maxSize, maxFile }: LogSettings): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (maxSize === undefined || size < maxSize) return;
  rmSync(generationPath(log, maxFile - 1), { force: true });
  for (let age = maxFile - 2; age >= 0; age--)
    if (statSync(generationPath(log, age), { throwIfNoEntry: false }))
      renameSync(generationPath(log, age), generationPath(log, age + 1));
}
