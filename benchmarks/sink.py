"""A server that answers every operation with the same reply at once, so that what is measured is the client alone.

It is nginx, which hands out one file for each operation: DynamoDB's JSON with its checksum, over kept connections.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from tests.images.engine import CACHE, SetupError, run, say

_CONFIGURATION = """
daemon off;
user root;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type application/x-amz-json-1.0;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_max_body_size 16m;
    client_body_buffer_size 16m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    open_file_cache max=100;
    etag off;
    max_ranges 0;
    map $http_x_amz_target $operation {{ ~^DynamoDB_20120810\\.(?<name>\\w+)$ $name; }}
    map $operation $checksum {{ {checksums} }}
    server {{
        listen {address};
        root {folder};
        add_header x-amz-crc32 $checksum;
        add_header x-amzn-RequestId 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGHIJ;
        # A file is nothing that one posts to: hand it out all the same.
        error_page 405 =200 /$operation;
        location = / {{ rewrite ^ /$operation break; }}
        location / {{ }}
    }}
}}
"""


@contextmanager
def sink(answers: Mapping[str, bytes]) -> Iterator[str]:
    """The server's URL, while it is there; it runs where this process may run.

    Args:
        answers: the bodies of the replies, by DynamoDB's name of the operation (`GetItem`).

    Raises:
        SetupError: there is no nginx, and it cannot be had.
    """
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as listening:
        folder = Path(name)
        host, port = listening.getsockname()
        for operation, body in answers.items():
            (folder / operation).write_bytes(body)
        checksums = " ".join(f"{operation} {crc32(body)};" for operation, body in answers.items())
        configuration = folder / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(folder=folder, checksums=checksums, address=f"{host}:{port}"), encoding="utf-8"
        )
        listening.set_inheritable(True)
        server = subprocess.Popen(
            [nginx(), "-c", str(configuration), "-e", str(folder / "start.log")],
            env={
                "NGINX": f"{listening.fileno()};"
            },  # listens on this socket, as after an upgrade: no port is raced for
            pass_fds=[listening.fileno()],
        )
        listening.close()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.terminate()
            server.wait()


def nginx() -> str:
    """The server's program: the machine's own, or Debian's, unpacked beside the test images and not installed."""
    if own := shutil.which("nginx"):
        return own
    unpacked = CACHE / "nginx" / "usr" / "sbin" / "nginx"
    if not unpacked.exists():
        if not shutil.which("apt-get"):
            raise SetupError("the benchmarks' constant server is nginx: install it")
        say("getting nginx")
        with tempfile.TemporaryDirectory() as name:
            run("sh", "-c", 'cd "$1" && apt-get download -qq nginx', "sh", name)
            (package,) = Path(name).glob("nginx_*.deb")
            run("dpkg-deb", "-x", str(package), str(CACHE / "nginx"))
    run(str(unpacked), "-v")
    return os.fspath(unpacked)
