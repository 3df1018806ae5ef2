"""OpenStack Swift with its S3 API, all of it on loopback below a directory of its own.

Started by s3-server.ts: prints the port of the S3 API when that answers, and is gone, with
everything that it made, when its standard input ends.
"""
import ctypes
import os
import shutil
import signal
import socket
import sys
import tempfile
import time

home = tempfile.mkdtemp(prefix="shale-s3-")
SERVERS = ("account", "container", "object", "proxy")
PR_SET_PDEATHSIG = 1

BACKEND = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {home}
devices = {home}/devices
mount_check = false
workers = 0
user = root
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""

PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {home}
workers = 0
user = root
[pipeline:main]
pipeline = catch_errors cache s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache}
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def write_ring(name, port):
    from swift.common.ring import RingBuilder

    builder = RingBuilder(part_power=4, replicas=1, min_part_hours=1)
    builder.add_dev(
        dict(region=1, zone=1, ip="127.0.0.1", port=port, device="disk", weight=1, meta="")
        | dict(replication_ip="127.0.0.1", replication_port=port)
    )
    builder.rebalance()
    builder.get_ring().save(f"{home}/{name}.ring.gz")


def configure(ports, cache):
    os.makedirs(f"{home}/devices/disk")
    with open(f"{home}/swift.conf", "w") as conf:
        conf.write("[swift-hash]\nswift_hash_path_suffix = shale\n")
    for name, port in ports.items():
        form = PROXY if name == "proxy" else BACKEND
        with open(f"{home}/{name}.conf", "w") as conf:
            conf.write(form.format(name=name, port=port, home=home, cache=cache))
        if name != "proxy":
            write_ring(name, port)


def start(name, run):
    """A child that lives no longer than this process; what it says is in its log."""
    pid = os.fork()
    if pid:
        return pid
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(f"{home}/{name}.log", os.O_WRONLY | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os._exit(run() or 0)


def serve(name):
    from swift.common import wsgi

    return lambda: wsgi.run_wsgi(f"{home}/{name}.conf", f"{name}-server", verbose=True)


def memcached(port):
    argv = ["memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-u", "root"]
    return lambda: os.execvp(argv[0], argv)


def wait_for(port):
    for _ in range(300):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}; see {home}/*.log")


def main():
    from swift.common import utils

    cache, *numbers = free_ports(1 + len(SERVERS))
    ports = dict(zip(SERVERS, numbers))
    configure(ports, cache)
    utils.set_swift_dir(home)
    children = [start("memcached", memcached(cache))]
    children += [start(name, serve(name)) for name in SERVERS]
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, lambda *_: sys.exit(1))
    try:
        for port in [cache, *numbers]:
            wait_for(port)
        print(ports["proxy"], flush=True)
        sys.stdin.read()
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        shutil.rmtree(home, ignore_errors=True)


main()
