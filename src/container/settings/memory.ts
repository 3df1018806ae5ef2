import type { Resources } from "../host-config.ts";
import { failSetting } from "./fail-setting.ts";

/** 6 MiB: with less nothing useful starts. */
const LEAST_MEMORY = 6 << 20;

/** Fails with `invalid-argument` in Docker's words. */
export function checkMemory(resources: Resources, update: boolean): void {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, MemorySwappiness } = resources;
  if (Memory !== 0 && Memory < LEAST_MEMORY) failSetting("Minimum memory limit allowed is 6MB");
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory)
    failSetting("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (Memory === 0 && MemorySwap > 0 && !update)
    failSetting("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (MemorySwappiness != null && (MemorySwappiness < 0 || MemorySwappiness > 100))
    failSetting(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  if (MemoryReservation > 0 && MemoryReservation < LEAST_MEMORY)
    failSetting("Minimum memory reservation allowed is 6MB");
  if (Memory > 0 && Memory < MemoryReservation)
    failSetting("Minimum memory limit can not be less than memory reservation limit, see usage");
}
