import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { canMakeUsers, OrdinaryUser } from "../ordinary-user.ts";
import { base } from "../shale.ts";

setDefaultTimeout(120_000);

/** Needs root to make a user, newuidmap and slirp4netns; skipped elsewhere. */
describe.skipIf(!canMakeUsers)("an ordinary user", () => {
  let user: OrdinaryUser;
  beforeAll(() => {
    user = new OrdinaryUser();
    user.import(base("busybox"), "box");
  });
  afterAll(() => user[Symbol.dispose]());

  const keeper = () =>
    JSON.parse(readFileSync(join(user.home, ".local/share/shale/keeper"), "utf8"));
  const programs = () => user.processes().map(({ program }) => program);
  const get = (port: number) => fetch(`http://127.0.0.1:${port}/`).then((page) => page.text());

  test("lists images without any namespace, and works in one that is kept", () => {
    expect(user.shale("images", "--format", "{{.Repository}}")).toBe("box");
    expect(programs()).toEqual(["sleep"]);
    expect(user.shale("run", "--rm", "box", "id", "-u")).toBe("0");
    expect(programs().sort()).toEqual(["sleep", "slirp4netns"]);
    expect(user.shale("run", "--rm", "--user", "1000", "box", "id", "-u")).toBe("1000");
  });

  test("builds with RUN, in the same network", () => {
    mkdirSync(join(user.home, "context"));
    const file = "FROM box\nRUN ip route > /route && chown 7:7 /route\n";
    writeFileSync(join(user.home, "context/Dockerfile"), file);
    user.shale("build", "-t", "built", join(user.home, "context"));
    const said = user.shale("run", "--rm", "built", "sh", "-c", "stat -c %u /route; cat /route");
    expect(said).toStartWith("7\ndefault via 172.");
  });

  test("has containers that later commands find", async () => {
    const port = await freePort();
    mkdirSync(join(user.home, "www"));
    writeFileSync(join(user.home, "www/index.html"), "Hello, Docker!");
    const server = ["httpd", "-f", "-p", "80", "-h", "/www"];
    const flags = ["--name", "web", "-p", `127.0.0.1:${port}:80`, "-v", `${user.home}/www:/www`];
    user.shale("run", "-d", ...flags, "box", ...server);
    expect(await get(port)).toBe("Hello, Docker!");
    expect(user.shale("exec", "web", "cat", "/www/index.html")).toBe("Hello, Docker!");
    expect(user.shale("port", "web")).toBe(`80/tcp -> 127.0.0.1:${port}`);
    expect(user.try("run", "--rm", "-p", `127.0.0.1:${port}:80`, "box", "true").stderr).toContain(
      `127.0.0.1:${port}`,
    );
    expect(user.try("pause", "web").stderr).toContain("no control group");
    user.shale("stop", "-t", "0", "web");
    await expect(get(port)).rejects.toThrow();
    user.shale("start", "web");
    expect(await get(port)).toBe("Hello, Docker!");
    user.shale("rm", "-f", "web");
    await expect(get(port)).rejects.toThrow();
  });

  test("keeps what containers said, and data of any owner", () => {
    user.shale("run", "--name", "said", "box", "sh", "-c", "echo out; echo err >&2");
    expect(user.shale("logs", "said")).toBe("out");
    user.shale("rm", "said");
    user.shale(
      "run",
      "--rm",
      "-v",
      "data:/data",
      "box",
      "sh",
      "-c",
      "chown 33 /data && echo x > /data/x",
    );
    expect(user.shale("run", "--rm", "-v", "data:/data", "box", "stat", "-c", "%u", "/data")).toBe(
      "33",
    );
    user.shale("volume", "rm", "data");
    user.shale("run", "--rm", "-v", `${user.home}:/home`, "box", "touch", "/home/mine");
    expect(statSync(join(user.home, "mine")).uid).toBe(statSync(user.home).uid);
  });

  test("has networks with names", () => {
    user.shale("network", "create", "net");
    user.shale("run", "-d", "--name", "db", "--network", "net", "box", "sleep", "1000");
    const asked = user.shale("run", "--rm", "--network", "net", "box", "ping", "-c", "1", "db");
    expect(asked).toContain("1 packets received");
    user.shale("rm", "-f", "db");
    user.shale("network", "rm", "net");
  });

  test("is told why limits and low ports cannot be had", () => {
    const limited = user.try("run", "--rm", "-m", "64m", "--cpus", "1", "box", "true");
    expect(limited.code).toBe(0);
    expect(limited.stderr).toContain("Limitation discarded");
    expect(limited.stderr).toContain("ordinary user");
    const low = user.try("run", "--rm", "-p", "80:80", "box", "true");
    expect(low.stderr).toContain("net.ipv4.ip_unprivileged_port_start=80");
  });

  test("shares the host's network when asked to", () => {
    const inside = user.shale(
      "run",
      "--rm",
      "--network",
      "host",
      "box",
      "readlink",
      "/proc/self/ns/net",
    );
    expect(inside).toBe(user.run(["readlink", "/proc/self/ns/net"]).stdout.trim());
  });

  test("leaves nothing but the keeper and the network behind", () => {
    expect(user.shale("ps", "-aq")).toBe("");
    expect(programs().sort()).toEqual(["sleep", "slirp4netns"]);
  });

  test("cannot reach the host's loopback from a container", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("in") });
    expect(await get(server.port!)).toBe("in");
    const asked = user.try("run", "--rm", "box", "wget", "-qO-", `http://10.0.2.2:${server.port}/`);
    expect(asked.code).not.toBe(0);
  });

  test("gets the network back with its ports when slirp4netns was killed", async () => {
    const port = await freePort();
    const serve = ["sh", "-c", "echo hi > /index.html; exec httpd -f -p 80 -h /"];
    user.shale("run", "-d", "--name", "web", "-p", `${port}:80`, "box", ...serve);
    const { pid } = user.processes().find(({ program }) => program === "slirp4netns")!;
    process.kill(pid, "SIGKILL");
    user.shale("run", "--rm", "box", "true");
    expect(await get(port)).toBe("hi\n");
  });

  test("starts anew when the keeper was killed, as after a reboot", () => {
    const before = keeper();
    process.kill(before.pid, "SIGKILL");
    expect(user.shale("ps", "-a", "--format", "{{.Names}} {{.State}}")).toBe("web exited");
    expect(keeper().pid).not.toBe(before.pid);
    expect(programs()).toEqual(["sleep"]);
    user.shale("start", "web");
    expect(user.shale("exec", "web", "cat", "/index.html")).toBe("hi");
    user.shale("rm", "-f", "web");
    expect(existsSync(join(before.runtimeDirectory, "netns"))).toBeTrue();
  });
});
