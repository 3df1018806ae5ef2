import { HUB, HUB_HOST } from "../hub/hosts.ts";
import type { Endpoint, RegistriesConfig, RegistryAccess } from "../registries-config.ts";
import { readCertificates } from "./certificates.ts";
import { type InsecureHosts, parseInsecureHosts } from "./insecure-hosts.ts";
import { parseMirrorUrl } from "./mirror-url.ts";
import { entryFor, type Place, placeIn } from "./prefix.ts";
import { type MirrorEntry, type RegistryEntry, readRegistries } from "./registries-file.ts";

export interface RegistriesConfigOptions {
  /**
   * Files in the form of containers-registries.conf(5), version 2. What is missing is skipped; where
   * two speak of one prefix, the later one counts.
   */
  readonly files: readonly string[];
  /** Hold `<host[:port]>/{*.crt,*.cert,*.key}` each, as containers-certs.d(5) says. */
  readonly certificateDirectories: readonly string[];
  /** URLs of mirrors of docker.io, as of Docker's `--registry-mirror`. */
  readonly mirrors?: readonly string[];
  /** `host[:port]` or CIDR, as of Docker's `--insecure-registry`. */
  readonly insecure?: readonly string[];
}

/**
 * What files and options say of registries. They are read when the first registry is used; what is
 * wrong with them fails then, with `invalid-argument`.
 */
export function openRegistriesConfig(options: RegistriesConfigOptions): RegistriesConfig {
  let read: Promise<Settings> | undefined;
  return {
    async access(name) {
      read ??= readSettings(options);
      return await accessOf(name, await read);
    },
  };
}

interface Settings {
  readonly entries: readonly RegistryEntry[];
  readonly hubMirrors: readonly Pick<Endpoint, "location" | "protocol">[];
  readonly insecure: InsecureHosts;
  readonly certificateDirectories: readonly string[];
}

async function readSettings(options: RegistriesConfigOptions): Promise<Settings> {
  return {
    entries: await readRegistries(options.files),
    hubMirrors: (options.mirrors ?? []).map(parseMirrorUrl),
    insecure: parseInsecureHosts(options.insecure ?? []),
    certificateDirectories: options.certificateDirectories,
  };
}

async function accessOf(
  name: { readonly registry: string; readonly repository: string },
  settings: Settings,
): Promise<RegistryAccess> {
  const { entries, hubMirrors } = settings;
  const entry = entryFor(entries, name);
  const own = {
    ...placeIn(entry?.location, entry?.prefix, name),
    insecure: entry?.insecure ?? false,
  };
  const places = [
    ...(name.registry === HUB ? hubMirrors : []).map((mirror) => ({
      ...mirror,
      repository: name.repository,
      insecure: false,
    })),
    ...(entry?.mirrors ?? []).map((mirror) => mirrorPlace(mirror, entry!, name)),
    own,
  ];
  return {
    endpoints: await Promise.all(places.map((place) => endpointAt(place, settings))),
    blocked: entry?.blocked ?? false,
  };
}

function mirrorPlace(
  { location, insecure, pulls }: MirrorEntry,
  { prefix }: RegistryEntry,
  name: { readonly registry: string; readonly repository: string },
): Place & Pick<Endpoint, "insecure" | "pulls"> {
  return { ...placeIn(location, prefix, name), insecure, ...(pulls !== undefined && { pulls }) };
}

async function endpointAt(
  place: Place & Pick<Endpoint, "insecure" | "pulls" | "protocol">,
  { insecure, certificateDirectories }: Settings,
): Promise<Endpoint> {
  const { location } = place;
  return {
    ...place,
    location: location === HUB ? HUB_HOST : location,
    insecure: place.insecure || (await insecure.has(location)),
    ...readCertificates(certificateDirectories, location),
  };
}
