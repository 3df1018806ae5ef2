import { createRemote } from "../create-remote.ts";
import type { Credential } from "../credential.ts";
import type { Endpoint } from "../registries-config.ts";
import type { Remote, RemoteNotice, RemoteOptions } from "../remote.ts";

export interface TestRemote extends Remote {
  readonly notices: readonly RemoteNotice[];
  /** Milliseconds that were waited for before tries: no test waits for real. */
  readonly waits: readonly number[];
}

export interface TestRemoteOptions extends Omit<Partial<RemoteOptions>, "credentials"> {
  /** Asked before the registry. */
  readonly mirrors?: readonly Partial<Endpoint>[];
  readonly credential?: Credential;
  readonly endpoint?: Partial<Endpoint>;
}

/** A remote for which every registry is at `host`, by plain http. */
export function remoteFor(host: string, options: TestRemoteOptions = {}): TestRemote {
  const { mirrors = [], credential, endpoint, retry, ...others } = options;
  const notices: RemoteNotice[] = [];
  const waits: number[] = [];
  const remote = createRemote({
    registries: {
      access: async ({ repository }) => ({
        endpoints: [...mirrors, endpoint ?? {}].map((one) => ({
          location: host,
          repository,
          insecure: true,
          protocol: "http",
          ...one,
        })),
        blocked: false,
      }),
    },
    credentials: { find: async () => credential },
    onNotice: (notice) => notices.push(notice),
    retry: {
      sleep: async (ms) => {
        waits.push(ms);
      },
      ...retry,
    },
    ...others,
  });
  return { ...remote, notices, waits };
}
