"""Clients that keep a server company while it is measured: ``python -m benchmarks.company KIND COUNT PORT``.

Prints a line when all are there, and stays until it is ended.
"""

from __future__ import annotations

import resource
import socket
import sys
import time

HEAD = b"GET /1k.html HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"


def connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), 10.0)
    sock.settimeout(10.0)
    return sock


def idle(count: int, port: int) -> list[socket.socket]:
    """Connections that have had an answer each and wait."""
    clients = [connect(port) for _ in range(count)]
    for client in clients:
        client.sendall(HEAD % port + b"\r\n")
    for client in clients:
        received = b""
        while len(received.partition(b"\r\n\r\n")[2]) < 1024:
            received += client.recv(65536)
    return clients


def slow(count: int, port: int) -> list[socket.socket]:
    """A third each drips a head, drips a body, and reads a large file a little at a time."""
    clients = []
    for number in range(count):
        sock = socket.socket()
        if number % 3 == 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", port))
        upload = b"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        starts = (
            HEAD % port + b"X: ",
            upload % port + b"Content-Length: 1000\r\n\r\n",
            (HEAD % port).replace(b"1k", b"100m") + b"\r\n",
        )
        sock.sendall(starts[number % 3])
        sock.setblocking(False)
        clients.append(sock)
    return clients


def drip(clients: list[socket.socket], port: int) -> None:
    """An octet each, or a little reading, every tenth of a second; who is cut off comes again."""
    for number, client in enumerate(clients):
        try:
            if number % 3 == 2:
                client.recv(4096)
            else:
                client.send(b" ")
        except BlockingIOError:
            pass
        except OSError:
            client.close()
            clients[number] = slow(3, port)[number % 3]


def main(kind: str, count: int, port: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = {"idle": idle, "slow": slow}[kind](count, port)
    print("here", flush=True)
    while True:
        time.sleep(0.1)
        if kind == "slow":
            drip(clients, port)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
