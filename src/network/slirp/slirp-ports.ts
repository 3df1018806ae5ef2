import { closeSync, constants, openSync, truncateSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fail } from "#errors";
import { SLIRP } from "../home.ts";
import { SLIRP_LOG, SLIRP_SOCKET } from "./slirp4netns.ts";

/** A port of the host that slirp4netns takes and hands on to the same port of the namespace. */
export interface SlirpPort {
  readonly protocol: string;
  readonly hostIp: string;
  readonly hostPort: number;
}

interface Forward {
  readonly id: number;
  readonly proto: string;
  readonly host_addr: string;
  readonly host_port: number;
}

/** What a network with IPv6 has beside 0.0.0.0; slirp4netns knows IPv4 only. */
const ANY_IPV6 = "::";

interface Answer {
  /** Of a list: the manual has it below `return`, the program (1.2) has not. */
  readonly entries?: readonly Forward[];
  readonly return?: { readonly entries?: readonly Forward[] };
  readonly error?: { readonly desc?: string };
}

/**
 * Fails with `conflict` when slirp4netns cannot take one, and with `unsupported` for what it
 * cannot do at all; those before it stay.
 */
export async function forwardPorts(directory: string, ports: readonly SlirpPort[]): Promise<void> {
  // It notes every request there.
  truncateSync(join(directory, SLIRP_LOG));
  const taken = await listForwards(directory);
  for (const port of ports.filter(({ hostIp }) => hostIp !== ANY_IPV6)) {
    checkPossible(port, taken);
    await forwardPort(directory, port);
  }
}

/** On this side all that slirp4netns hands on comes to one address: the port alone tells. */
function checkPossible({ protocol, hostIp, hostPort }: SlirpPort, taken: readonly Forward[]) {
  const place = `port ${hostPort}/${protocol} of ${hostIp}`;
  if (hostIp.includes(":") || protocol === "sctp")
    fail(
      "unsupported",
      `cannot publish ${place} for an ordinary user: slirp4netns has no such way`,
    );
  if (taken.some(({ proto, host_port }) => proto === protocol && host_port === hostPort))
    fail("conflict", `${place}: the same port of another address is already allocated`);
}

async function forwardPort(directory: string, { protocol, hostIp, hostPort }: SlirpPort) {
  const guest = { guest_addr: SLIRP.guest, guest_port: hostPort };
  const host = { host_addr: hostIp, host_port: hostPort };
  const answer = await ask(directory, "add_hostfwd", { proto: protocol, ...host, ...guest });
  if (answer.error !== undefined)
    fail("conflict", `slirp4netns cannot take ${hostIp}:${hostPort}/${protocol}: is it in use?`);
}

/** Those that it has not taken are no failure, nor is a slirp4netns that is gone. */
export async function dropPorts(directory: string, ports: readonly SlirpPort[]): Promise<void> {
  if (ports.length === 0) return;
  for (const { id, proto, host_addr, host_port } of await listForwards(directory).catch(() => [])) {
    const isMeant = ({ protocol, hostIp, hostPort }: SlirpPort) =>
      protocol === proto && hostIp === host_addr && hostPort === host_port;
    if (ports.some(isMeant)) await ask(directory, "remove_hostfwd", { id });
  }
}

async function listForwards(directory: string): Promise<readonly Forward[]> {
  const answer = await ask(directory, "list_hostfwd");
  return answer.entries ?? answer.return?.entries ?? [];
}

/** One connection for one request (slirp4netns(1), "API SOCKET"). */
async function ask(directory: string, execute: string, given: object = {}): Promise<Answer> {
  const place = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return JSON.parse(
      await exchange(
        `/proc/self/fd/${place}/${SLIRP_SOCKET}`,
        JSON.stringify({ execute, arguments: given }),
      ),
    );
  } finally {
    closeSync(place);
  }
}

function exchange(path: string, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect({ path, allowHalfOpen: true }, () => socket.end(request));
  socket.setEncoding("utf8");
  socket.on("data", (piece) => {
    answer += piece;
  });
  socket.on("end", () => resolve(answer));
  socket.on("error", reject);
  return promise;
}
