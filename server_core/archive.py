"""A whole folder as one zip, which is made while it is sent: neither on the disk nor in memory."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
import zlib
from itertools import islice
from typing import TYPE_CHECKING

from server_core import zip_format
from server_core.errors import TruncatedError
from server_core.files import read_exactly
from server_core.listing import candidates, look_at
from server_core.refusals import Refusal
from server_core.sentence import Sentence
from server_core.zip_format import Member

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from server_core.files import Root
    from server_core.listing import Entry

# Files and folders in one zip: looking at them holds a worker for 0.3 s on a warm disk.
ARCHIVE_MEMBERS = 10_000
# In all zips that are on their way, at about 600 bytes each: 60 MB, however slowly they are read.
ALL_MEMBERS = 100_000
# Read of a file at a time.
_READ_BYTES = 4 * zip_format.BLOCK_BYTES
# Pieces after which a block is full, however small they are: each three mean opening a file.
_PIECES = 96


class Archive:
    """What a zip will hold. Immutable; any thread may call any method."""

    def __init__(self, root: Root, members: list[Member], real_names: list[str]) -> None:
        self._root = root
        self._members = members
        self._real_names = real_names
        self.count = len(members)
        self.length = length(members)

    def blocks(self) -> Generator[bytes, None, None]:
        """The zip's octets, as :data:`server_core.answers.Blocks`."""
        block = bytearray()
        with contextlib.closing(self._pieces()) as pieces:
            for number, piece in enumerate(pieces, 1):
                block += piece
                if len(block) >= _READ_BYTES or number % _PIECES == 0:
                    yield bytes(block)
                    block.clear()
        yield bytes(block)

    def _pieces(self) -> Generator[bytes, None, None]:
        offset, records = 0, []
        for member, real_name in zip(self._members, self._real_names, strict=True):
            yield zip_format.local_header(member)
            crc = 0
            if not member.is_folder:
                crc = yield from self._content(member, real_name)
                yield zip_format.descriptor(member, crc)
            records.append(zip_format.central_record(member, crc, offset))
            offset += _span_bytes(member)
        yield b"".join(records)
        yield zip_format.end_records(len(records), offset, sum(map(len, records)))

    def _content(self, member: Member, real_name: str) -> Generator[bytes, None, int]:
        """A file as it now is, up to the size that it had; returns its CRC."""
        crc, left, name = 0, member.size, member.name.decode()
        try:
            fd, _ = self._root.open_name(real_name)
        except Refusal as refusal:
            raise TruncatedError(f"{name} can't be opened while its folder is sent: {refusal.code}") from None
        try:
            while True:
                data = read_exactly(fd, wanted_bytes := min(left, _READ_BYTES))
                if len(data) < wanted_bytes:
                    raise TruncatedError(f"{name} became shorter while its folder was sent")
                left -= len(data)
                crc = zlib.crc32(data, crc)
                yield from zip_format.blocks(data, is_end=not left)
                if not left:
                    return crc
        except OSError as error:
            raise TruncatedError(f"{name} can't be read: {error.strerror}") from None
        finally:
            os.close(fd)


class Archives:
    """Makes archives of a root's folders, and bounds what all together hold. Any thread may call any
    method.
    """

    def __init__(self, root: Root) -> None:
        self._root = root
        self._under_way: weakref.WeakSet[Archive] = weakref.WeakSet()
        self._lock = threading.Lock()

    def make(self, folders: tuple[str, ...], name: str) -> Archive:
        """The folder to which ``folders`` lead, below ``name`` in the zip. Raises Refusal.

        What holds an answer may wait for a slow client, or forget it: an archive is counted until it is
        forgotten.
        """
        members, real_names = collect(self._root, folders, name)
        archive = Archive(self._root, members, real_names)
        with self._lock:
            if archive.count + sum(each.count for each in self._under_way) > ALL_MEMBERS:
                raise Refusal("too-many-archives")
            self._under_way.add(archive)
        return archive


def collect(root: Root, folders: tuple[str, ...], name: str) -> tuple[list[Member], list[str]]:
    """Members and their real names, in the order of names. Raises Refusal.

    Links to folders are passed over: they may lead in a circle.
    """
    real_folder, _ = root.look(os.path.join(root.folder, *folders))
    members: list[Member] = []
    real_names: list[str] = []
    for path, entry in _walk(root, folders, real_folder, name):
        if len(members) == ARCHIVE_MEMBERS:
            raise Refusal("archive-too-large", Sentence(" The limit is {most:,}.", most=ARCHIVE_MEMBERS))
        members.append(member_of(path, entry))
        real_names.append(entry.real_name)
    return members, real_names


def member_of(path: str, entry: Entry) -> Member:
    name = f"{path}/{entry.name}" + ("/" if entry.is_folder else "")
    return Member(name.encode(), entry.size, entry.modified_s)


def length(members: list[Member]) -> int:
    """Of a zip with these members."""
    offset = size = 0
    for member in members:
        size += len(zip_format.central_record(member, 0, offset))
        offset += _span_bytes(member)
    return offset + size + len(zip_format.end_records(len(members), offset, size))


def _span_bytes(member: Member) -> int:
    """What a member takes but for its central record."""
    behind = 0 if member.is_folder else len(zip_format.descriptor(member, 0))
    return len(zip_format.local_header(member)) + member.packed_bytes + behind


def _walk(root: Root, folders: tuple[str, ...], real_folder: str, path: str) -> Iterator[tuple[str, Entry]]:
    """What lies below a folder that is called ``path`` in the zip: each with the folder it lies in."""
    waiting = [(folders, real_folder, path)]
    while waiting:
        folders, real_folder, path = waiting.pop()
        found: list[os.DirEntry[str]] = []
        with contextlib.suppress(Refusal):  # gone meanwhile
            found.extend(islice(candidates(real_folder, folders), ARCHIVE_MEMBERS + 1))
        for each in sorted(found, key=lambda each: each.name):
            entry = look_at(root, each.path)
            if entry is None or (entry.is_folder and entry.is_link):
                continue
            yield path, entry
            if entry.is_folder:
                waiting.append(((*folders, entry.name), entry.real_name, f"{path}/{entry.name}"))
