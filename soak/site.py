"""The site that is served, and the octets that every answer must have.

Content follows from a name, so that whoever checks it needs nothing but the name: no copy, no talk between
processes.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import random
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KIB, MIB = 1024, 1024 * 1024
FILES = {
    "index.html": 900,
    "empty.html": 0,
    "one.txt": 1,
    "small.html": 1_000,
    "page.html": 20_000,
    "folder/index.html": 700,
    "picture.png": 90_000,
    # The last one that is kept in memory, and the first that is sent from its file.
    "kept.jpg": 256 * KIB,
    "sent.jpg": 256 * KIB + 1,
    "large.txt": 3 * MIB,
    "film.jpeg": 24 * MIB,
}
GALLERY = {
    "gallery/one.png": 40_000,
    "gallery/two & three.webp": MIB + 1,
    "gallery/deep/empty.txt": 0,
    "gallery/deep/four.mp4": 3 * MIB,
}
"""A folder without an index, which the Website profile can show."""
FILES |= GALLERY
COMPRESSED = "page.html"
"""The one that has a compressed form beside it."""
CHANGING = "changing.html"
UPLOADS = "uploads"


@functools.lru_cache(maxsize=32)
def content(name: str) -> bytes:
    """What the file of this name holds."""
    return random.Random(name).randbytes(FILES[name])


def make_site(root: Path) -> None:
    (root / UPLOADS).mkdir(parents=True)
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content(name))
    (root / f"{COMPRESSED}.gz").write_bytes(compressed())
    (root / "data.bin").write_bytes(b"no type that is served")
    replace(root / CHANGING, edition(0))


def compressed() -> bytes:
    return gzip.compress(content(COMPRESSED), mtime=0)


def edition(number: int) -> bytes:
    """One state of the file that changes: of its own length, and different throughout."""
    return b"<p>%d</p>" % number + random.Random(number).randbytes(500 + number * 7919 % 5000)


def edition_number(octets: bytes) -> int:
    """Which edition ``octets`` are, whole; -1 where they are none."""
    found = re.match(rb"<p>(\d{1,12})</p>", octets)
    return int(found[1]) if found is not None and edition(int(found[1])) == octets else -1


def replace(file: Path, octets: bytes) -> None:
    """Put ``octets`` in the place of a file in one step."""
    other = file.with_suffix(".new")
    other.write_bytes(octets)
    for _ in range(200):
        try:
            other.replace(file)
            return
        except PermissionError:  # Windows, while somebody opens it
            time.sleep(0.01)
    other.replace(file)


def parcel(name: str, size: int) -> bytes:
    """An upload of ``size`` octets that tells from itself alone whether it is whole. At least 60 octets."""
    start, end = b'{"parcel": "%b", "filler": "' % name.encode("ascii"), b'"}'
    filler = hashlib.sha256(start).hexdigest().encode("ascii")
    room = size - len(start) - len(end)
    return start + (filler * (room // len(filler) + 1))[:room] + end


def parcel_name(octets: bytes) -> str:
    """The name of the parcel that ``octets`` are, whole; empty where they are none."""
    found = re.match(rb'\{"parcel": "([\w-]{1,40})", "filler": "', octets)
    name = "" if found is None else found[1].decode("ascii")
    return name if name and parcel(name, len(octets)) == octets else ""


def torn_uploads(root: Path) -> list[str]:
    """Names of files in the folder for uploads that are no whole parcel, hidden ones included."""
    return [path.name for path in (root / UPLOADS).iterdir() if not parcel_name(path.read_bytes())]
