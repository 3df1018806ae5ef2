import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "../peers.ts";
import { program } from "../shale.ts";

/** A `shale registry serve` whose output can be read while it runs. */
export interface RunningServer extends AsyncDisposable {
  /** Of the first address it listens on. */
  readonly url: string;
  readonly host: string;
  /** A directory of its own, for files that it is told of. */
  readonly home: string;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  stdout(): string;
  stderr(): string;
  /** Waits until its standard error has this text. */
  says(text: string): Promise<void>;
}

/** `argv` gets the directory for files. Listens at a free port. */
export async function runServer(
  argv: (home: string) => readonly string[],
  { root, env = {} }: { root?: string; env?: Record<string, string> } = {},
): Promise<RunningServer> {
  const home = mkdtempSync(join(tmpdir(), "shale-serve-"));
  const options = ["--listen", "127.0.0.1:0", ...argv(home)];
  const server = Bun.spawn(
    [program, "registry", "serve", root ?? join(home, "registry"), ...options],
    {
      ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
      env: { ...process.env, ...env },
    },
  );
  const [stdout, stderr] = [reading(server.stdout), reading(server.stderr)];
  const says = (text: string) => until(() => stderr().includes(text), stderr);
  await until(() => stderr().includes("listening on ") || server.exitCode !== null, stderr);
  const url = /listening on ([^\s,]+)/.exec(stderr())?.[1];
  if (!url) throw new Error(`shale registry serve did not start: ${stderr()}`);
  return {
    ...{ url, home, process: server, stdout, stderr, says },
    host: url.replace(/^https?:\/\//, ""),
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await server.exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A self-signed certificate for loopback: `NAME.crt` and `NAME.key`. */
export function makeCertificate(home: string, name: string): { cert: string; key: string } {
  const [cert, key] = [join(home, `${name}.crt`), join(home, `${name}.key`)];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execute(["openssl", "req", ...kind, "-days", "2", "-keyout", key, "-out", cert, ...subject]);
  return { cert, key };
}

/** A line of an htpasswd file. */
export function userLine(user: string, password: string): string {
  return `${user}:${Bun.password.hashSync(password, { algorithm: "bcrypt", cost: 4 })}\n`;
}

export async function until(
  isTrue: () => boolean | Promise<boolean>,
  about = () => "",
): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await isTrue()) return;
    await Bun.sleep(25);
  }
  throw new Error(`it did not come to pass: ${about()}`);
}

function reading(stream: ReadableStream<Uint8Array>): () => string {
  let text = "";
  const decoder = new TextDecoder();
  void (async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  })();
  return () => text;
}
