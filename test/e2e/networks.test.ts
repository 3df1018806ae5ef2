import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { base, bridgesOf, createSandbox, firewallTable, runDirectory } from "../shale.ts";

setDefaultTimeout(30_000);

/** Needs root, crun, conmon, nft, ip and aardvark-dns; skipped elsewhere. */
const able =
  process.getuid?.() === 0 &&
  ["crun", "conmon", "nft", "ip"].every((tool) => Bun.which(tool) !== null) &&
  existsSync("/usr/lib/podman/aardvark-dns");

const SERVE =
  'mkdir -p /www && echo "Hello, Docker!" > /www/index.html && exec httpd -f -h /www -p [::]:80';

describe.skipIf(!able)("networks", () => {
  const sandbox = createSandbox();
  const { shale, run, root } = sandbox;
  const attachments = join(runDirectory(root), "attachments");

  beforeAll(() => {
    for (const name of ["busybox", "debian"] as const) shale("import", base(name), name);
  });

  afterEach(() => {
    const containers = shale("ps", "-aq").split("\n").filter(Boolean);
    if (containers.length > 0) shale("rm", "-f", ...containers);
    shale("network", "prune", "-f");
    expect(readdirSync(attachments)).toEqual([]);
    expect(forwarded(root)).toEqual([]);
  });

  afterAll(() => {
    sandbox[Symbol.dispose]();
    expect(bridgesOf(root)).toEqual([]);
  });

  /** Starts a web server; gives its port on the host. */
  async function serve(name: string, ...flags: string[]): Promise<number> {
    const port = await freePort();
    shale("run", "--name", name, "-d", "-p", `${port}:80`, ...flags, "busybox", "sh", "-c", SERVE);
    await until(
      () => run(["exec", name, "grep", "-q", ":0050 .* 0A ", "/proc/net/tcp6"]).code === 0,
    );
    return port;
  }

  /** What a web server answers in a container of this network. */
  function ask(network: string, address: string, port: number): string {
    const script = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${address} ${port} | tail -n 1`;
    return run(["run", "--rm", "--network", network, "busybox", "sh", "-c", script]).stdout.trim();
  }

  const inspect = (name: string, format: string) => shale("inspect", "-f", `{{${format}}}`, name);
  const addressIn = (name: string, network: string, key = "IPAddress") =>
    inspect(name, `(index .NetworkSettings.Networks "${network}").${key}`);
  const resolves = (container: string, name: string) =>
    run(["exec", container, "getent", "hosts", name]).stdout.split(/\s+/)[0];

  test("a published port is reached on every address of the host, also from containers", async () => {
    const port = await serve("webserver");
    const own = hostAddress();
    for (const host of ["127.0.0.1", "localhost", own])
      expect(await (await fetch(`http://${host}:${port}`)).text()).toBe("Hello, Docker!\n");
    expect(ask("bridge", own, port)).toBe("Hello, Docker!");
    expect(ask("container:webserver", own, port)).toBe("Hello, Docker!");
    expect(shale("port", "webserver")).toBe(`80/tcp -> 0.0.0.0:${port}`);
    expect(shale("port", "webserver", "80")).toBe(`0.0.0.0:${port}`);
    expect(shale("ps", "--format", "{{.Ports}}")).toBe(`0.0.0.0:${port}->80/tcp`);
  });

  test("a port that is taken is refused in Docker's words, whoever has it", async () => {
    const port = await serve("first");
    const again = run(["run", "--rm", "-p", `${port}:80`, "busybox", "true"]);
    expect(again.code).toBe(125);
    expect(again.stderr).toContain(`Bind for 0.0.0.0:${port} failed: port is already allocated`);
    using server = Bun.serve({ hostname: "0.0.0.0", port: 0, fetch: () => new Response() });
    const other = run(["run", "--rm", "-p", `${server.port}:80`, "busybox", "true"]);
    expect(other.code).toBe(125);
    expect(other.stderr).toContain(
      `listen tcp4 0.0.0.0:${server.port}: bind: address already in use`,
    );
  });

  test("a port is free once its container has ended, and comes back with it", async () => {
    const port = await serve("web");
    shale("stop", "-t", "0", "web");
    expect(forwarded(root)).toEqual([]);
    Bun.serve({ hostname: "0.0.0.0", port, fetch: () => new Response() }).stop(true);
    shale("start", "web");
    await until(() => ask("bridge", hostAddress(), port) === "Hello, Docker!");
  });

  test("UDP that goes on reaches the container that has the port now", async () => {
    const port = await freePort();
    let answer = "";
    const client = await Bun.udpSocket({
      socket: {
        data(_, bytes) {
          answer = bytes.toString();
        },
        // Nobody is there yet.
        error() {},
      },
    });
    const heardFrom = (name: string) => {
      try {
        client.send("?", port, "127.0.0.1");
      } catch {}
      return answer === name;
    };
    const server = (name: string) => ["debian", "perl", "-MSocket", "-e", ANSWER_BY_UDP, name];
    heardFrom("anybody");
    for (const name of ["one", "two"]) {
      shale("run", "-d", "--name", name, "-p", `${port}:53/udp`, ...server(name));
      await until(() => heardFrom(name));
      shale("rm", "-f", name);
      // Takes the address that was the other's.
      shale("run", "-d", "busybox", "sleep", "1000");
    }
    client.close();
  });

  test("containers of a network know each other by name, and reach no other network", async () => {
    for (const name of ["front", "back"]) shale("network", "create", name);
    const port = await serve("web", "--network", "front", "--network-alias", "www");
    const rest = ["debian", "sleep", "1000"];
    shale("run", "-d", "--name", "one", "--network", "front", "--network", "back", ...rest);
    shale("run", "-d", "--name", "two", "--network", "back", ...rest);
    const address = addressIn("web", "front");
    for (const name of ["web", "www", inspect("web", "slice .Id 0 12")])
      expect(resolves("one", name)).toBe(address);
    expect(resolves("two", "web")).toBe("");
    expect(resolves("two", "one")).toBe(addressIn("one", "back"));
    expect(shale("exec", "two", "cat", "/etc/resolv.conf")).toContain("options ndots:0");
    expect(ask("front", address, 80)).toBe("Hello, Docker!");
    expect(ask("back", address, 80)).toBe("");
    expect(ask("bridge", address, 80)).toBe("");
    expect(ask("back", hostAddress(), port)).toBe("Hello, Docker!");
    shale("rename", "web", "site");
    expect(resolves("one", "site")).toBe(address);
  });

  test("an internal network has no way out nor in", async () => {
    shale("network", "create", "--internal", "vault");
    const port = await serve("web", "--network", "vault");
    const address = addressIn("web", "vault");
    expect(ask("vault", address, 80)).toBe("Hello, Docker!");
    expect(ask("bridge", address, 80)).toBe("");
    expect(ask("vault", hostAddress(), port)).toBe("");
    expect(shale("exec", "web", "ip", "route")).not.toContain("default");
    expect(shale("port", "web")).toBe("");
  });

  test("a network with IPv6 publishes on IPv6 as well", async () => {
    shale("network", "create", "--ipv6", "--subnet", "fd5a:1e::/64", "six");
    const port = await serve("web", "--network", "six", "--ip6", "fd5a:1e::77");
    expect(ask("six", "fd5a:1e::77", 80)).toBe("Hello, Docker!");
    const own = hostAddress("IPv6");
    if (own) expect(await (await fetch(`http://[${own}]:${port}`)).text()).toBe("Hello, Docker!\n");
    expect(shale("port", "web")).toContain(`[::]:${port}`);
  });

  test("a container comes to a network and goes while it runs", () => {
    const subnet = "10.215.77.0/24";
    shale("network", "create", "--subnet", subnet, "late");
    shale("run", "-d", "--name", "web", "debian", "sleep", "1000");
    shale("run", "-d", "--name", "peer", "--network", "late", "debian", "sleep", "1000");
    shale("network", "connect", "--ip", "10.215.77.9", "--alias", "hot", "late", "web");
    expect(addressIn("web", "late")).toBe("10.215.77.9");
    expect(resolves("peer", "hot")).toBe("10.215.77.9");
    expect(resolves("web", "peer")).toBe(addressIn("peer", "late"));
    expect(shale("exec", "web", "cat", "/etc/hosts")).toContain("10.215.77.9");
    const used = run(["network", "rm", "late"]);
    expect(used.code).toBe(1);
    expect(used.stderr).toContain("has active endpoints");
    const taken = run([
      "run",
      "--rm",
      "--network",
      "late",
      "--ip",
      "10.215.77.9",
      "debian",
      "true",
    ]);
    expect(taken.stderr).toContain("Address already in use");
    const same = run(["network", "create", "--subnet", "10.215.0.0/16", "wider"]);
    expect(same.stderr).toContain("Pool overlaps with other one on this address space");
    shale("network", "disconnect", "late", "web");
    expect(resolves("peer", "hot")).toBe("");
    expect(shale("exec", "web", "cat", "/etc/hosts")).not.toContain("10.215.77.9");
    shale("rm", "-f", "peer");
    shale("network", "rm", "late");
  });

  test("what somebody has torn down is there again with the next start", async () => {
    shale("network", "create", "torn");
    const port = await serve("web", "--network", "torn");
    const own = bridgesOf(root);
    Bun.spawnSync(["nft", "delete", "table", "inet", firewallTable(root)]);
    for (const bridge of own) Bun.spawnSync(["ip", "link", "delete", bridge]);
    process.kill(nameServer(root), "SIGKILL");
    expect(ask("torn", "web", 80)).toBe("Hello, Docker!");
    const found = run(["run", "--rm", "--network", "torn", "debian", "getent", "hosts", "web"]);
    expect(found.stdout).toContain(addressIn("web", "torn"));
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("Hello, Docker!\n");
  });

  test("nothing is left of starts and containers that were killed", async () => {
    shale("network", "create", "killed");
    const links = () => readdirSync("/sys/class/net").filter((name) => name.startsWith("veth"));
    const before = links().length;
    const port = await serve("web", "--network", "killed");
    process.kill(Number(inspect("web", ".State.Pid")), "SIGKILL");
    await until(() => shale("ps", "-q") === "");
    const start = ["run", "-d", "-p", `${port}:80`, "--network", "killed", "busybox", "sleep", "9"];
    for (const pause of [20, 60, 100, 140]) {
      const starting = sandbox.start(start);
      await Bun.sleep(pause);
      starting.kill("SIGKILL");
      await starting.exited;
      const up = shale("ps", "-aq").split("\n").filter(Boolean);
      if (up.length > 0) shale("rm", "-f", ...up);
    }
    shale("ps");
    await until(() => links().length <= before);
    expect(existsSync(join(runDirectory(root), "netns"))).toBe(true);
    expect(readdirSync(join(runDirectory(root), "netns"))).toEqual([]);
  });

  test("what is asked of a network is checked", () => {
    const cases: [string[], string][] = [
      [["-p", "70000"], "invalid containerPort: 70000"],
      [["-p", "80-90:80-81"], "invalid ranges specified for container and host Ports"],
      [["--expose", "8-7"], "invalid range format for --expose: 8-7"],
      [["--network", "nosuch"], "network nosuch not found"],
      [
        ["--ip", "10.0.0.9"],
        "user specified IP address is supported on user defined networks only",
      ],
      [["--network-alias", "x"], "network-scoped alias is supported only for containers in user"],
      [["--network", "host", "--network", "mine"], "cannot attach both user-defined and non-user"],
      [["--mac-address", "1"], "1 is not a valid mac address"],
      [["--dns-search", "a b"], "a b is not a valid domain"],
      [["--network", "container:nosuch"], "No such container: nosuch"],
    ];
    for (const [flags, message] of cases) {
      const { code, stderr } = run(["run", "--rm", ...flags, "busybox", "true"]);
      expect([flags, stderr]).toEqual([flags, expect.stringContaining(message)]);
      expect(code).toBe(125);
    }
  });
});

/** Answers every packet with its argument. */
const ANSWER_BY_UDP = `
  socket(my $s, AF_INET, SOCK_DGRAM, 0); bind($s, sockaddr_in(53, INADDR_ANY));
  while (my $from = recv($s, my $asked, 9, 0)) { send($s, $ARGV[0], 0, $from) }`;

/** Elements of the maps by which a store's ports are forwarded. */
function forwarded(root: string): string[] {
  const list = ["nft", "-j", "list", "table", "inet", firewallTable(root)];
  const { stdout, exitCode } = Bun.spawnSync(list, { stderr: "ignore" });
  if (exitCode !== 0) return [];
  const { nftables } = JSON.parse(stdout.toString()) as { nftables: { map?: { elem?: [] } }[] };
  return nftables.flatMap(({ map }) => map?.elem ?? []);
}

function nameServer(root: string): number {
  return Number(readFileSync(join(runDirectory(root), "dns/aardvark.pid"), "utf8"));
}

/** An address of the machine that is not on loopback, and on no bridge. */
function hostAddress(family: "IPv4" | "IPv6" = "IPv4"): string {
  const links = Object.entries(networkInterfaces()).filter(([name]) => /^(e|wl)/.test(name));
  const own = links.flatMap(([, addresses]) => addresses ?? []);
  const found = own.find((one) => one.family === family && !one.address.startsWith("fe80:"));
  return found?.address ?? "";
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Bun.sleep(20);
}
