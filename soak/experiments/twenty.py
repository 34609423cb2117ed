"""Twenty servers, one after the other, in this process; a line of JSON after each:
``python -m soak.experiments.twenty ROOT``.

It imports nothing but the server and the standard library, so that any Python can run it.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import threading
from pathlib import Path

from server_core.config import Config
from server_core.http_server import HttpServer

LIVES = 20
REQUESTS = 50
UPLOAD = b'{"rows": [%b]}' % b", ".join(b"%d" % number for number in range(20_000))


def live(root: Path) -> int:
    """One life; how many requests were answered."""
    server = HttpServer(Config.from_text({"port": "0", "root": str(root)}))
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    host = b"Host: 127.0.0.1:%d\r\n" % server.addresses[0][1]
    kind = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(UPLOAD)
    upload = b"POST /upload HTTP/1.1\r\n" + host + kind + b"\r\n" + UPLOAD
    with socket.create_connection(server.addresses[0]) as stays:
        stays.sendall(b"GET /small.html HTTP/1.1\r\n" + host)  # half a head, when it stops
        for number in range(REQUESTS):
            get = b"GET /sent.jpg HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n"
            with socket.create_connection(server.addresses[0]) as client:
                client.settimeout(60.0)
                client.sendall(upload if number % 5 == 0 else get)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
        server.stop(0.5)
        thread.join(60.0)
    for file in (root / "uploads").iterdir():
        file.unlink()
    return server.snapshot().totals.requests


def memory_mib() -> float:
    if sys.platform == "linux":
        return (
            int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        )
    import psutil

    return float(psutil.Process().memory_info().rss / 2**20)


def descriptors() -> int:
    if sys.platform == "linux":
        return len(list(Path("/proc/self/fd").iterdir()))
    import psutil

    return int(psutil.Process().num_handles())


def main(root: str) -> None:
    for _ in range(LIVES):
        requests = live(Path(root))
        gc.collect()
        life = {
            "requests": requests,
            "threads": threading.active_count(),
            "descriptors": descriptors(),
            "memory_mib": memory_mib(),
        }
        print(json.dumps(life), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
