import { TarParser } from "#tar";
import { EntryRules, type LayerLimits, type LayerSummary } from "./entry-rules.ts";

/** Takes a layer's uncompressed tar and touches no file system. */
export interface LayerScan {
  /** Fails as soon as an entry breaks a rule that `applyLayer` has for entries. */
  write(chunk: Uint8Array): void;
  /** The whole layer is there; fails with `data-loss` when it is cut off. */
  end(): LayerSummary;
}

/** Checks a layer's entries while its bytes pass by, and counts them and their content. */
export function scanLayer(limits: LayerLimits = {}): LayerScan {
  const rules = new EntryRules(limits);
  const parser = new TarParser({
    entry: (header) => void rules.check(header),
    data() {},
    close() {},
  });
  return {
    write: (chunk) => parser.write(chunk),
    end() {
      parser.end();
      return rules.summary;
    },
  };
}
