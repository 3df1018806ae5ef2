// The examples that tutorials teach with, on offline bases. Needs root, crun and conmon.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { helloProgram } from "../hello-program.ts";
import { base, createSandbox, type Sandbox } from "../shale.ts";

let box: Sandbox;

beforeAll(() => {
  box = createSandbox();
  box.shale("import", base("busybox"), "busybox");
  box.shale("import", base("debian"), "debian:bookworm");
}, 120_000);

afterAll(() => box[Symbol.dispose]());

function build(name: string, dockerfile: string, files: Record<string, string> = {}): string {
  const context = box.files(name, { ...files, Dockerfile: dockerfile });
  return box.shale("build", "-q", "-t", name, context);
}

function inspect(name: string, format: string): string {
  return box.shale("inspect", "-f", format, name);
}

describe("hello-world", () => {
  test("a static binary on scratch", () => {
    const context = box.files("hello-world", {
      Dockerfile: 'FROM scratch\nCOPY hello /\nCMD ["/hello"]\n',
    });
    writeFileSync(join(context, "hello"), helloProgram("Hello from shale!\n"), { mode: 0o755 });
    box.shale("build", "-t", "hello-world", context);
    expect(box.shale("run", "--rm", "hello-world")).toBe("Hello from shale!");
    expect(inspect("hello-world", "{{len .RootFS.Layers}}")).toBe("1");
    expect(box.shale("images", "--format", "{{.Repository}}:{{.Tag}}", "hello-world")).toBe(
      "hello-world:latest",
    );
  });
});

describe("an OS base from a root file system", () => {
  test("ADD rootfs.tar.xz / unpacks, the multi-line LABEL has every pair", () => {
    const context = box.files("osbase", {
      Dockerfile: `FROM scratch
ADD rootfs.tar.xz /
LABEL org.label-schema.schema-version="1.0" \\
    org.label-schema.name="CentOS Base Image" \\
    # a comment inside
    org.label-schema.license="GPLv2"

CMD ["/bin/sh"]
`,
    });
    const packed = Bun.spawnSync([
      "sh",
      "-c",
      `xz -c '${base("busybox")}' > '${context}/rootfs.tar.xz'`,
    ]);
    expect(packed.exitCode).toBe(0);
    box.shale("build", "-t", "osbase", context);
    expect(JSON.parse(inspect("osbase", "{{json .Config.Labels}}"))).toEqual({
      "org.label-schema.schema-version": "1.0",
      "org.label-schema.name": "CentOS Base Image",
      "org.label-schema.license": "GPLv2",
    });
    expect(box.shale("run", "--rm", "osbase", "readlink", "/bin/ls")).toBe("busybox");
    expect(box.run(["run", "--rm", "osbase", "ls", "/rootfs.tar.xz"]).code).toBe(1);
  });
});

describe("the busybox demo", () => {
  test("WORKDIR is made, files are copied and unpacked, ENV is set", () => {
    const context = box.files("busybox-demo", {
      tmpfile2: "two\n",
      "bunch/1.txt": "1",
      "bunch/2.txt": "2",
      Dockerfile: `# busybox demo
FROM busybox
MAINTAINER someone <someone@example.com>
WORKDIR /tmp/demo
RUN touch tmpfile1
COPY ["tmpfile2", "."]
ADD ["bunch.tar.gz", "."]
ENV WELCOME "You are in my container, welcome!"
`,
    });
    Bun.spawnSync(["tar", "-C", context, "-czf", join(context, "bunch.tar.gz"), "bunch"]);
    box.shale("build", "-t", "demo", context);
    expect(box.shale("run", "--rm", "demo", "pwd")).toBe("/tmp/demo");
    expect(box.shale("run", "--rm", "demo", "ls")).toBe("bunch\ntmpfile1\ntmpfile2");
    expect(box.shale("run", "--rm", "demo", "cat", "bunch/1.txt", "bunch/2.txt")).toBe("12");
    expect(box.shale("run", "--rm", "demo", "sh", "-c", "echo $WELCOME")).toBe(
      "You are in my container, welcome!",
    );
    expect(inspect("demo", "{{.Author}}")).toBe("someone <someone@example.com>");
  });
});

describe("the centos-style example", () => {
  test("ENV in WORKDIR, apt-get in RUN, EXPOSE, the last CMD wins", () => {
    build(
      "mycentos",
      `FROM debian:bookworm
MAINTAINER someone<someone@example.com>
ENV MYPATH /usr/local
WORKDIR $MYPATH
RUN apt-get update && apt-get install -y --no-install-recommends bsdextrautils && rm -rf /var/lib/apt/lists/*
EXPOSE 80
CMD echo $MYPATH
CMD echo "success--------------ok"
CMD /bin/bash
`,
    );
    expect(box.shale("run", "--rm", "mycentos", "pwd")).toBe("/usr/local");
    expect(
      box.shale("run", "--rm", "mycentos", "sh", "-c", "echo a | hexdump -C | head -c 8"),
    ).toBe("00000000");
    expect(inspect("mycentos", "{{json .Config.Cmd}}")).toBe('["/bin/sh","-c","/bin/bash"]');
    expect(inspect("mycentos", "{{json .Config.ExposedPorts}}")).toBe('{"80/tcp":{}}');
    const history = box.shale("history", "--no-trunc", "--format", "{{.CreatedBy}}", "mycentos");
    expect(history).toContain("apt-get install -y");
  }, 180_000);
});

describe("the tomcat-style example", () => {
  test("two ADDed tarballs, chained ENV and PATH", () => {
    const context = box.files("tomcat", {
      "c.txt": "read me\n",
      "jdk/bin/java": "#!/bin/sh\necho java $JAVA_HOME\n",
      "tomcat/bin/catalina.sh": "#!/bin/sh\necho tomcat $CATALINA_HOME; java\n",
      Dockerfile: `FROM busybox
COPY c.txt /usr/local/cincontainer.txt
ADD jdk-8.tar.gz /usr/local/
ADD tomcat-9.tar.gz /usr/local/
ENV MYPATH /usr/local
WORKDIR $MYPATH
ENV JAVA_HOME /usr/local/jdk
ENV CLASSPATH $JAVA_HOME/lib/dt.jar:$JAVA_HOME/lib/tools.jar
ENV CATALINA_HOME=/usr/local/tomcat CATALINA_BASE=/usr/local/tomcat
ENV PATH $PATH:$JAVA_HOME/bin:$CATALINA_HOME/lib:$CATALINA_HOME/bin
EXPOSE 8080
CMD catalina.sh && cat cincontainer.txt
`,
    });
    Bun.spawnSync(
      ["sh", "-c", "chmod +x */bin/*; tar czf jdk-8.tar.gz jdk; tar czf tomcat-9.tar.gz tomcat"],
      {
        cwd: context,
      },
    );
    box.shale("build", "-t", "tomcat", context);
    expect(box.shale("run", "--rm", "tomcat")).toBe(
      "tomcat /usr/local/tomcat\njava /usr/local/jdk\nread me",
    );
    expect(inspect("tomcat", "{{json .Config.Env}}")).toContain(
      "/usr/local/jdk/bin:/usr/local/tomcat/lib:/usr/local/tomcat/bin",
    );
  });
});

describe("layers", () => {
  test("rm of a lower layer's file hides it and frees nothing", () => {
    const context = box.files("hidden", {
      Dockerfile: "FROM busybox\nCOPY big /big\nRUN rm /big\n",
      big: "x".repeat(5_000_000),
    });
    box.shale("build", "-t", "hidden", context);
    expect(box.run(["run", "--rm", "hidden", "ls", "/big"]).code).toBe(1);
    const sizes = box
      .shale("history", "--format", "{{.Size}} {{.CreatedBy}}", "hidden")
      .split("\n");
    expect(sizes.find((line) => line.includes("COPY"))).toStartWith("5");
    expect(sizes.find((line) => line.includes("rm /big"))).toMatch(/^[0-9.]+ ?k?B /);
  });

  test("save | gzip, rmi by query, load", () => {
    build("travel", "FROM busybox\nRUN echo here > /where\n");
    box.shale("tag", "travel", "travel:other");
    const archive = join(box.work, "travel.tar.gz");
    const saved = box.run(["save", "travel", "travel:other"]);
    expect(saved.code).toBe(0);
    Bun.spawnSync([
      "sh",
      "-c",
      `'${join(import.meta.dir, "../../bin/shale")}' --root '${box.root}' save travel travel:other | gzip > '${archive}'`,
    ]);
    expect(statSync(archive).size).toBeGreaterThan(1000);
    const ids = box.shale("images", "-q", "travel").split("\n");
    expect(new Set(ids).size).toBe(1);
    box.shale("rmi", "travel:other", "travel");
    expect(box.shale("images", "-q", "travel")).toBe("");
    const loaded = box.shale("load", "-i", archive).split("\n").sort();
    expect(loaded).toEqual(["Loaded image: travel:latest", "Loaded image: travel:other"]);
    expect(box.shale("run", "--rm", "travel:other", "cat", "/where")).toBe("here");
    expect(box.shale("images", "-q", "travel").split("\n")[0]).toBe(ids[0]!);
  });

  test("rmi $(images -q name) with one tag removes the image", () => {
    build("gone", "FROM busybox\nRUN echo gone > /gone\n");
    const id = box.shale("images", "-q", "gone");
    const out = box.shale("rmi", id);
    expect(out).toContain("Untagged: gone:latest");
    expect(out).toContain("Deleted: sha256:");
    expect(box.run(["inspect", "gone"]).code).toBe(1);
  });

  test("import takes changes and a message", () => {
    const id = box.shale(
      "import",
      "-m",
      "from a tarball",
      "-c",
      'CMD ["cat", "/etc/passwd"]',
      "-c",
      "ENV A=b",
      base("busybox"),
      "imported:v1",
    );
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(box.shale("run", "--rm", "imported:v1")).toContain("root:x:0:0");
    expect(inspect("imported:v1", "{{.Comment}}")).toBe("from a tarball");
    expect(box.shale("history", "--format", "{{.Comment}}", "imported:v1")).toBe("from a tarball");
  });

  test("export gives the merged file system", () => {
    box.shale("run", "--name", "kept", "busybox", "sh", "-c", "echo new > /new; rm /bin/ls");
    const out = join(box.work, "export.tar");
    box.shale("export", "-o", out, "kept");
    const names = Bun.spawnSync(["tar", "tf", out]).stdout.toString().split("\n");
    expect(names).toContain("new");
    expect(names).not.toContain("bin/ls");
    box.shale("rm", "kept");
  });
});

describe("the mysql 5.6 style Dockerfile", () => {
  test("builds, with its network parts replaced", () => {
    const context = box.files("mysql", {
      "docker-entrypoint.sh": '#!/bin/bash\nset -e\necho "entrypoint $*"\n',
      Dockerfile: `FROM debian:bookworm

# add our user and group first to make sure their IDs get assigned consistently
RUN groupadd -r mysql && useradd -r -g mysql mysql

RUN mkdir /docker-entrypoint-initdb.d

ENV MYSQL_MAJOR 5.6
ENV MYSQL_VERSION 5.6.51-1debian9

RUN set -x \\
# comments inside continuations
	&& { \\
		echo mysql-community-server mysql-community-server/data-dir select ''; \\
		echo mysql-community-server mysql-community-server/root-pass password ''; \\
	} | cat > /debconf-selections \\

	# and an empty line above
	&& mkdir -p /var/lib/mysql /var/run/mysqld \\
	&& chown -R mysql:mysql /var/lib/mysql /var/run/mysqld \\
	&& chmod 777 /var/run/mysqld

VOLUME /var/lib/mysql

COPY docker-entrypoint.sh /usr/local/bin/
RUN chmod +x /usr/local/bin/docker-entrypoint.sh && ln -s usr/local/bin/docker-entrypoint.sh /entrypoint.sh # backwards compat
ENTRYPOINT ["docker-entrypoint.sh"]

EXPOSE 3306
CMD ["mysqld"]
`,
    });
    box.shale("build", "-t", "mysql:5.6", context);
    expect(box.shale("run", "--rm", "mysql:5.6")).toBe("entrypoint mysqld");
    expect(
      box.shale("run", "--rm", "--entrypoint", "cat", "mysql:5.6", "/debconf-selections"),
    ).toBe(
      "mysql-community-server mysql-community-server/data-dir select \nmysql-community-server mysql-community-server/root-pass password ",
    );
    expect(
      box.shale(
        "run",
        "--rm",
        "--entrypoint",
        "stat",
        "mysql:5.6",
        "-c",
        "%U:%G %a",
        "/var/run/mysqld",
      ),
    ).toBe("mysql:mysql 777");
    expect(inspect("mysql:5.6", "{{json .Config.Volumes}}")).toBe('{"/var/lib/mysql":{}}');
  }, 60_000);
});

test("nothing is left running or mounted", () => {
  const mounts = Bun.spawnSync(["findmnt", "-rno", "TARGET"]).stdout.toString();
  expect(mounts).not.toContain(box.root);
  expect(readdirSync(join(box.root, "ingest"))).toEqual([]);
});
