import { fail } from "#errors";
import type {
  ExecConfig,
  ExecInspect,
  ExecStreams,
  RunningExec,
  TerminalSize,
} from "../container-service.ts";
import type { ContainerStore } from "../container-store.ts";
import type { Container } from "../record.ts";

/** Processes that are run in containers beside their own. */
export class ExecSessions {
  constructor(_store: ContainerStore) {
    // Its owner keeps it.
  }

  async create(_container: Container, _config: ExecConfig): Promise<string> {
    return missing();
  }

  async start(_id: string, _streams: ExecStreams): Promise<RunningExec> {
    return missing();
  }

  async startDetached(_id: string): Promise<void> {
    return missing();
  }

  async inspect(_id: string): Promise<ExecInspect> {
    return missing();
  }

  async resize(_id: string, _size: TerminalSize): Promise<void> {
    return missing();
  }
}

function missing(): never {
  return fail("unsupported", "exec is not there yet");
}
