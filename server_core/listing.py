"""What lies in a folder: all that may be shown of it, and in which order.

What is not served is not shown: names that no path can have, ``uploads``, links that lead out of the root,
what is neither file nor folder, what can't be read. Names that begin with a dot are not shown either,
although they are served to whoever asks.
"""

from __future__ import annotations

import heapq
import os
import re
import stat
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from server_core.files import reading_refusal
from server_core.paths import can_be_asked_for
from server_core.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from server_core.files import Root

# Entries that a listing shows, the first by name: a page of 1.2 MB, which a phone still scrolls and a worker
# makes in 0.1 s.
LISTED_ENTRIES = 5_000
# Entries that are looked at to find those: 0.3 s. Beyond, what is left out is no longer counted.
COUNTED_ENTRIES = 100_000

_DIGITS = re.compile("([0-9]+)")


class Entry(NamedTuple):
    """A file or folder, as it was found."""

    name: str
    real_name: str
    """Its own, or where it leads to if it is a link."""
    is_folder: bool
    is_link: bool
    size: int
    """0 for a folder."""
    modified_s: float


class Order(NamedTuple):
    """Folders come first in any order, and have names but no size."""

    by: str = "name"
    """A key of KEYS."""
    is_descending: bool = False


class Listing(NamedTuple):
    entries: list[Entry]
    left_out: int
    """Entries that are not shown because there are too many."""
    is_counted: bool
    """Whether ``left_out`` is all of them; else there are more."""


def order_of(asked: Mapping[str, list[str]]) -> Order:
    """The order that ``sort=size&order=desc`` and the like ask for; by name where they make no sense."""
    by, order = asked.get("sort", [""])[0], asked.get("order", [""])[0]
    return Order(by, order == "desc") if by in KEYS else Order()


def natural(name: str) -> list[str | int]:
    """The key by which people look for a name: without case, numbers by their value."""
    parts: list[str | int] = list(_DIGITS.split(name.casefold()))
    parts[1::2] = map(int, parts[1::2])
    return parts


def _by_name(entry: Entry) -> tuple[list[str | int], str]:
    return natural(entry.name), entry.name


KEYS: dict[str, Callable[[Entry], Any]] = {
    "name": _by_name,
    "size": lambda entry: entry.size,
    "time": lambda entry: entry.modified_s,
}


def read_folder(root: Root, folders: tuple[str, ...], order: Order) -> Listing:
    """What is shown of the folder to which ``folders`` lead. Raises Refusal."""
    real_folder, _ = root.look(os.path.join(root.folder, *folders))
    names, looked = candidates(real_folder, folders), 0

    def counted() -> Iterator[os.DirEntry[str]]:
        nonlocal looked
        for found in islice(names, COUNTED_ENTRIES):
            looked += 1
            yield found

    try:
        first = heapq.nsmallest(LISTED_ENTRIES, counted(), key=_rank)
    except OSError as error:  # where a folder has to be asked for what its entries are
        raise reading_refusal(error) from None
    entries = [entry for found in first if (entry := look_at(root, found.path)) is not None]
    return Listing(in_order(entries, order), looked - len(first), next(names, None) is None)


def candidates(real_folder: str, folders: tuple[str, ...]) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder and has a name that is shown. Raises Refusal."""
    try:
        with os.scandir(real_folder) as found:
            for each in found:
                if not each.name.startswith(".") and can_be_asked_for(folders, each.name):
                    yield each
    except OSError as error:
        raise reading_refusal(error) from None


def look_at(root: Root, name: str) -> Entry | None:
    """The entry of that name in a folder whose real name is known; None where it is not served."""
    try:
        # Not what scandir remembers: on Windows that may be a size from before the file was last written.
        real_name, info = root.look_below(name)
    except Refusal:
        return None
    is_folder = stat.S_ISDIR(info.st_mode)
    if not is_folder and not stat.S_ISREG(info.st_mode):
        return None
    if not os.access(real_name, os.R_OK | os.X_OK if is_folder else os.R_OK):
        return None
    size = 0 if is_folder else info.st_size
    return Entry(os.path.basename(name), real_name, is_folder, real_name != name, size, info.st_mtime)


def in_order(entries: list[Entry], order: Order) -> list[Entry]:
    """Folders, then files; what is equal by the order, by name."""
    if order.by != "name":
        entries = sorted(entries, key=_by_name)
    entries = sorted(entries, key=KEYS[order.by], reverse=order.is_descending)
    return sorted(entries, key=lambda entry: not entry.is_folder)


def _rank(found: os.DirEntry[str]) -> tuple[bool, list[str | int], str]:
    return not found.is_dir(follow_symlinks=False), natural(found.name), found.name
