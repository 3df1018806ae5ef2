import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { namesIn } from "#bytes";
import type {
  CredentialSource,
  CredentialStore,
  RegistriesConfig,
  Remote,
  RemoteNotice,
  RetryPolicy,
} from "#remote";

export { noticeText } from "./remote-notice.ts";

import { version } from "./version.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface RemoteSettings {
  readonly environment: Environment;
  /** `--registry-mirror`: URLs of mirrors of Docker Hub. */
  readonly mirrors: readonly string[];
  /** `--insecure-registry`: `host[:port]` or CIDR. */
  readonly insecure: readonly string[];
  readonly credentials: CredentialSource;
  readonly onNotice: (notice: RemoteNotice) => void;
  /** Has a last word on how a registry is reached. */
  readonly adapt?: (registries: RegistriesConfig) => RegistriesConfig;
  /** In place of the defaults. */
  readonly retry?: Partial<RetryPolicy>;
}

/** Registries, by what the user's and the machine's files, flags and environment say of them. */
export async function openRemote(settings: RemoteSettings): Promise<Remote> {
  const { createRemote, openRegistriesConfig } = await import("#remote");
  const { environment, mirrors, insecure, credentials, onNotice, retry } = settings;
  const configured = openRegistriesConfig({
    files: registriesFiles(environment),
    certificateDirectories: certificateDirectories(environment),
    ...{ mirrors, insecure },
  });
  const registries = settings.adapt?.(configured) ?? configured;
  const userAgent = `shale/${version}`;
  return createRemote({ registries, credentials, onNotice, userAgent, ...(retry && { retry }) });
}

/** The user's credentials, as docker and podman keep them. */
export async function openCredentials(
  environment: Environment,
  onWarning: (message: string) => void,
): Promise<CredentialStore> {
  const { openCredentialStore } = await import("#remote");
  const { DOCKER_CONFIG, DOCKER_AUTH_CONFIG: inline } = environment;
  const home = homeOf(environment);
  return openCredentialStore({
    configDirectory: DOCKER_CONFIG || join(home, ".docker"),
    fallbackFiles: containersAuthFiles(environment),
    legacyFile: join(home, ".dockercfg"),
    environment: definedIn(environment),
    onWarning,
    ...(inline && { inline }),
  });
}

/** Where podman, buildah and skopeo keep credentials (containers-auth.json(5)). */
function containersAuthFiles(environment: Environment): string[] {
  const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = environment;
  if (REGISTRY_AUTH_FILE) return [REGISTRY_AUTH_FILE];
  const places = [XDG_RUNTIME_DIR, configHome(environment)].filter((place) => place !== undefined);
  return places.map((place) => join(place, "containers", "auth.json"));
}

/** Our own files; where there is none, those of containers' tools (containers-registries.conf(5)). */
function registriesFiles(environment: Environment): string[] {
  const mine = configHome(environment);
  const own = ["/etc/shale", join(mine, "shale")].map((place) => join(place, "registries.conf"));
  const found = own.filter((file) => existsSync(file));
  if (found.length > 0) return found;
  const [system, user] = ["/etc/containers", join(mine, "containers")] as const;
  const first = [user, system].map((place) => join(place, "registries.conf")).find(existsSync);
  return [...(first ? [first] : []), ...[system, user].flatMap(dropIns)];
}

/** What adds to the file of a directory, in the order of names. */
function dropIns(directory: string): string[] {
  const place = join(directory, "registries.conf.d");
  if (!existsSync(place)) return [];
  const names = namesIn(place).filter((name) => name.endsWith(".conf"));
  return names.sort().map((name) => join(place, name));
}

/** The user's before the machine's, our own before those of others. */
function certificateDirectories(environment: Environment): string[] {
  const programs = ["shale", "containers", "docker"];
  const places = [configHome(environment), "/etc"];
  return places.flatMap((place) => programs.map((program) => join(place, program, "certs.d")));
}

function configHome(environment: Environment): string {
  return environment.XDG_CONFIG_HOME || join(homeOf(environment), ".config");
}

function homeOf({ HOME }: Environment): string {
  return HOME || homedir();
}

function definedIn(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
