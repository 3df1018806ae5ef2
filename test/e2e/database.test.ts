// The tutorial's database: two directories of the host, one with its settings, one with its data,
// which outlives the container. MariaDB from Debian's packages; the client is a second container
// that goes through the published port. Needs root, crun, conmon, nft and Debian's package mirror.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import {
  base,
  createSandbox,
  leftovers,
  type Outcome,
  removeEverything,
  type Sandbox,
} from "../shale.ts";

const PASSWORD = "s3cret 'word";
const QUOTED = PASSWORD.replaceAll("'", "\\'");
const DOCKERFILE = `
FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends mariadb-server \\
 && rm -rf /var/lib/mysql/* /var/lib/apt/lists/*
COPY --chmod=755 start /usr/local/bin/
VOLUME /var/lib/mysql
EXPOSE 3306
ENTRYPOINT ["start"]
CMD ["mariadbd"]
`;
/** What the official image's entrypoint does, in short. */
const START = `#!/bin/sh
set -e
data=/var/lib/mysql
mkdir -p /run/mysqld && chown mysql /run/mysqld
if [ ! -d $data/mysql ]; then
  mariadb-install-db --user=mysql --datadir=$data --skip-test-db >/dev/null
  cat >/tmp/init.sql <<END
CREATE USER root@'%' IDENTIFIED BY '\${MYSQL_ROOT_PASSWORD?}';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
END
  set -- "$@" --init-file=/tmp/init.sql
fi
exec "$@" --user=mysql --bind-address=0.0.0.0
`;
const SETTINGS = "[mysqld]\nmax_connections=77\ninnodb_buffer_pool_size=16M\nskip-name-resolve\n";

const able = process.getuid?.() === 0 && Bun.which("nft") !== null;

describe.skipIf(!able)("a database in a container", () => {
  let box: Sandbox;
  let port: number;
  let binds: string[];

  beforeAll(async () => {
    box = createSandbox();
    port = await freePort();
    const conf = box.files("mysql/conf", { "my.cnf": SETTINGS });
    binds = [`${conf}:/etc/mysql/conf.d`, `${join(box.work, "mysql/data")}:/var/lib/mysql`];
    box.shale("import", base("debian"), "debian:bookworm");
    const context = box.files("image", { Dockerfile: DOCKERFILE, start: START });
    box.shale("build", "-q", "-t", "mysql:5.7", context);
  }, 180_000);
  afterAll(() => {
    removeEverything(box);
    const left = leftovers(box.root);
    box[Symbol.dispose]();
    expect(left).toEqual([]);
  });

  function start(name: string): string {
    const published = ["-p", `${port}:3306`];
    const mounts = binds.flatMap((bind) => ["-v", bind]);
    const password = ["-e", `MYSQL_ROOT_PASSWORD=${QUOTED}`];
    return box.shale(
      "run",
      "-d",
      ...published,
      ...mounts,
      ...password,
      "--name",
      name,
      "mysql:5.7",
    );
  }

  function query(sql: string): Outcome {
    const client = ["mariadb", "-h", "127.0.0.1", "-P", String(port), "-u", "root", "-NBe", sql];
    const environment = ["-e", `MYSQL_PWD=${PASSWORD}`, "--network", "host"];
    return box.run(["run", "--rm", ...environment, "--entrypoint", "", "mysql:5.7", ...client]);
  }

  /** The first answer of a server that is coming up. */
  async function answer(name: string, sql: string): Promise<string> {
    for (;;) {
      const { code, stdout, stderr } = query(sql);
      if (code === 0) return stdout;
      if (box.shale("inspect", "-f", "{{.State.Running}}", name) === "false") throw Error(stderr);
      await Bun.sleep(100);
    }
  }

  test("rows stay on the host when it is removed, and a new one has them", async () => {
    const id = start("mysql01");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await answer("mysql01", "select @@max_connections")).toBe("77\n");
    const write = query(`
      create database shop; use shop;
      create table goods (id int primary key, name varchar(40));
      insert into goods values (1, 'lamp'), (2, 'Stühle'), (3, 'table')`);
    expect(write).toEqual({ code: 0, stdout: "", stderr: "" });
    const format = "{{range .Mounts}}{{.Type}} {{.Source}}:{{.Destination}} {{.RW}}\n{{end}}";
    const mounts = box.shale("inspect", "-f", format, "mysql01").split("\n").filter(Boolean);
    expect(mounts.sort()).toEqual(binds.map((bind) => `bind ${bind} true`).sort());
    expect(box.shale("volume", "ls", "-q")).toBe("");

    expect(box.shale("rm", "-f", "mysql01")).toBe("mysql01");
    expect(query("select 1").code).not.toBe(0);
    expect(readdirSync(join(box.work, "mysql/data"))).toContain("shop");

    start("mysql02");
    expect(await answer("mysql02", "select name from shop.goods order by id")).toBe(
      "lamp\nStühle\ntable\n",
    );
    expect(box.shale("stop", "mysql02")).toBe("mysql02");
    expect(box.shale("rm", "mysql02")).toBe("mysql02");
    expect(readdirSync(join(box.work, "mysql/data"))).toContain("shop");
  }, 120_000);
});
