"""What is asked of each server, as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

PEERS = ("nginx", "spindle")
EVERYBODY = (
    "nginx", "spindle", "spindle, no log", "caddy", "serve", "cheroot", "waitress", "gunicorn", "aiohttp",
)  # fmt: skip
UPLOAD = json.dumps({"name": "benchmark", "values": list(range(40))})


class Case(NamedTuple):
    """One question."""

    title: str
    target: str
    connections: int
    servers: tuple[str, ...]
    close: bool = False
    """Whether each request has a connection of its own."""
    upload: bool = False
    beside: tuple[str, int] | None = None
    """Other clients meanwhile: what they do (:mod:`benchmarks.company`) and how many there are."""
    goal: float | None = None
    """The ratio to nginx that is to be reached."""


CASES: dict[str, Case] = {
    "keep-alive-10": Case("1 KB, 10 connections", "/1k.html", 10, EVERYBODY, goal=1.0),
    "keep-alive-100": Case("1 KB, 100 connections", "/1k.html", 100, EVERYBODY, goal=1.0),
    "close": Case("1 KB, Connection: close", "/1k.html", 10, EVERYBODY, close=True, goal=0.7),
    "100-kb": Case("100 KB, 10 connections", "/100k.html", 10, (*PEERS, "caddy"), goal=0.9),
    "100-mb": Case("100 MB, 2 connections", "/100m.html", 2, (*PEERS, "caddy"), goal=0.95),
    "uploads": Case("JSON uploads", "/upload", 10, ("spindle", "cheroot", "waitress"), upload=True),
    "idle-1000": Case("1 KB, 1,000 idle beside", "/1k.html", 10, PEERS, beside=("idle", 1000)),
    "idle-5000": Case("1 KB, 5,000 idle beside", "/1k.html", 10, PEERS, beside=("idle", 5000)),
    "slow-200": Case("1 KB, 200 slow clients beside", "/1k.html", 1, PEERS, beside=("slow", 200)),
    "window": Case("1 KB, the window open", "/1k.html", 10, ("spindle", "spindle, window")),
}

SIZES = {"1k.html": 1024, "100k.html": 100 * 1024, "100m.html": 100 * 1024 * 1024}


def make_site(root: Path) -> None:
    """The files that are asked for, and the folder for uploads."""
    (root / "uploads").mkdir(parents=True)
    # Node's serve would redirect /1k.html to /1k.
    (root / "serve.json").write_text(json.dumps({"cleanUrls": False}), "utf-8")
    for name, size in SIZES.items():
        with (root / name).open("wb") as file:
            for _ in range(0, size, 1024):
                file.write(b"<p>benchmark</p>" * 64)
