"""Files below the root: opened so that nothing outside can be reached, small ones remembered while they stay
the same.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from server_core.conditions import Validators
from server_core.errors import OUT_OF_RESOURCES
from server_core.final_path import final_path
from server_core.open_file import open_file
from server_core.paths import UPLOADS, FilePath
from server_core.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

# Files up to this size are kept in memory and sent in one call with their head; larger ones go from the file
# to the socket. 256 KiB is about what a socket's send buffer takes at once.
SMALL_FILE_BYTES = 256 * 1024
# What is kept in all. A site's pages and pictures fit; a folder of thousands of photos turns over.
CACHE_BYTES = 32 * 1024 * 1024
# A file that was changed less than this long ago is not kept: another change within the tick of the clock
# that stamps it would leave no trace. FAT counts in 2 s, Linux up to 6.12 in some milliseconds, Windows in
# 16.
SETTLED_S = 2.0


class Signature(NamedTuple):
    """What os.stat says of a file; a change of content changes it. ctime catches edits that put the old
    mtime back.
    """

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


def signature_of(info: os.stat_result) -> Signature:
    return Signature(info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


class File:
    """One state of one file. Immutable and shared between requests; ``body`` is its content where that is
    small.
    """

    __slots__ = ("body", "coding", "folders", "is_settled", "name", "real_name", "signature", "validators")

    def __init__(
        self,
        name: str,
        folders: tuple[str, ...],
        real_name: str,
        signature: Signature,
        body: bytes | None,
        *,
        is_settled: bool,
        coding: str = "",
    ) -> None:
        self.name = name
        self.folders = folders
        """Those between the root and the file, none of which was a link."""
        self.real_name = real_name
        self.signature = signature
        self.body = body
        self.is_settled = is_settled
        """Whether any later change will show in the signature, so that this may be kept."""
        self.coding = coding
        """The content coding of what is shown under another name, which lacks the last extension."""
        tag = f"{signature.size:x}-{signature.mtime_ns:x}" + (coding and f"-{coding}")
        self.validators = Validators(f'"{tag}"', signature.mtime_ns // 1_000_000_000)

    def encoded(self, coding: str) -> File:
        """The same as a variant of the file beside it."""
        return File(
            self.name, self.folders, self.real_name, self.signature, self.body,
            is_settled=self.is_settled, coding=coding,
        )  # fmt: skip

    def is_current(self) -> bool:
        """Whether the name still is a file in this very state, and no folder above it has become a link.

        Links are not followed: what lies behind one has to be judged anew.
        """
        try:
            for folder in self.folders:
                if _is_link(os.lstat(folder)):
                    return False
            info = os.lstat(self.name)
        except (OSError, ValueError):
            return False
        device, inode, size, mtime_ns, ctime_ns = self.signature
        return (
            info.st_mtime_ns == mtime_ns
            and info.st_size == size
            and info.st_ino == inode
            and info.st_ctime_ns == ctime_ns
            and info.st_dev == device
        )


def _changed_s(info: os.stat_result) -> float:
    """When a file was changed last. On Windows ctime is when it was made."""
    return max(info.st_mtime, info.st_ctime)


def _is_link(info: os.stat_result) -> bool:
    """A symbolic link, or what else Windows leads elsewhere by a reparse point, such as a junction."""
    return stat.S_ISLNK(info.st_mode) or getattr(info, "st_reparse_tag", 0) != 0


class Folder(NamedTuple):
    """The path names a folder."""

    name: str


class Root:
    """The folder that is served. Any thread may call any method."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self._prefix = os.path.normcase(os.path.join(self.folder, ""))
        self._uploads = os.path.join(self._prefix, os.path.normcase(UPLOADS))
        self._kept: dict[str, File] = {}
        self._kept_bytes = 0
        self._lock = threading.Lock()

    def name(self, path: FilePath) -> str:
        """The name in the file system that ``path`` means."""
        return os.path.join(self.folder, *path.segments)

    def find(self, path: FilePath) -> File | Folder:
        """What ``path`` names; a small file comes with its content. Raises Refusal: 403 or 404."""
        name = self.name(path)
        kept = self._kept.get(name)
        if kept is not None and kept.is_current() and not path.is_folder:
            return kept
        real_name, info = self.look(name)
        if stat.S_ISDIR(info.st_mode):
            return Folder(name)
        if path.is_folder:
            raise Refusal("not-found")
        if not stat.S_ISREG(info.st_mode):
            raise Refusal("not-a-file")
        return self._read(name, path.segments[:-1], real_name)

    def look(self, name: str) -> tuple[str, os.stat_result]:
        """Where ``name`` really is, and what is there. Raises Refusal."""
        # The real path is judged before existence: a dangling link must answer as one whose goal exists.
        self._check_inside(real_name := _real_path(name))
        try:
            return real_name, os.stat(real_name)
        except OSError as error:
            raise reading_refusal(error) from None

    def look_below(self, name: str) -> tuple[str, os.stat_result]:
        """As :meth:`look`, for what lies right in a folder whose real name is known: only a link leads
        elsewhere.
        """
        try:
            info = os.lstat(name)
        except OSError as error:
            raise reading_refusal(error) from None
        if _is_link(info):
            return self.look(name)
        self._check_inside(name)
        return name, info

    def open(self, file: File) -> tuple[File, int]:
        """A descriptor, and what it is open on: ``file``, or the state that took its place meanwhile.

        Raises Refusal.
        """
        fd, info = self.open_name(file.real_name)
        if (signature := signature_of(info)) == file.signature:
            return file, fd
        new = File(
            file.name, file.folders, file.real_name, signature, None, is_settled=False, coding=file.coding
        )
        return new, fd

    def open_name(self, real_name: str) -> tuple[int, os.stat_result]:
        """A descriptor on the regular file of that real name, and what it is open on. Raises Refusal."""
        try:
            fd = open_file(real_name)
        except OSError as error:
            raise reading_refusal(error) from None
        try:
            self._check_inside(final_path(fd, real_name))
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode):
                raise Refusal("not-a-file")
        except OSError as error:
            os.close(fd)
            raise reading_refusal(error) from None
        except Refusal:
            os.close(fd)
            raise
        return fd, info

    def beside(self, file: File, suffix: str) -> File | None:
        """The file whose name is that of ``file`` and ``suffix``; None where there is none that may be
        served.
        """
        below = file.name[len(self.folder) :].strip(os.sep) + suffix
        try:
            found = self.find(FilePath(tuple(below.split(os.sep)), is_folder=False))
        except Refusal:
            return None
        return found if isinstance(found, File) else None

    def _read(self, name: str, folders: tuple[str, ...], real_name: str) -> File:
        fd, before = self.open_name(real_name)
        with os.fdopen(fd, "rb", buffering=0):
            try:
                body = read_exactly(fd, before.st_size) if before.st_size <= SMALL_FILE_BYTES else None
                after = signature_of(os.fstat(fd))
            except OSError as error:
                raise reading_refusal(error) from None
        above = tuple(os.path.join(self.folder, *folders[:depth]) for depth in range(1, len(folders) + 1))
        signature = signature_of(before)
        # Written to while it was read: this answer may mix two states, as any server's may; the next request
        # reads again.
        is_whole = body is not None and len(body) == before.st_size and after == signature
        is_settled = is_whole and _changed_s(before) < time.time() - SETTLED_S
        file = File(name, above, real_name, signature, body, is_settled=is_settled)
        if is_settled:
            self._keep(file, before.st_size)
        return file

    def _keep(self, file: File, body_bytes: int) -> None:
        with self._lock:
            self._forget(file.name)
            while self._kept and self._kept_bytes + body_bytes > CACHE_BYTES:
                self._forget(next(iter(self._kept)))
            self._kept[file.name] = file
            self._kept_bytes += body_bytes

    def _forget(self, name: str) -> None:
        if (old := self._kept.pop(name, None)) is not None:
            self._kept_bytes -= len(old.body or b"")

    def _check_inside(self, real_name: str) -> None:
        real_name = os.path.normcase(real_name)
        if not (real_name + os.sep).startswith(self._prefix):
            raise Refusal("path-outside-root")
        if real_name == self._uploads or real_name.startswith(self._uploads + os.sep):
            raise Refusal("path-uploads")


def _real_path(name: str) -> str:
    try:
        return os.path.realpath(name)
    except (OSError, ValueError):
        raise Refusal("not-found") from None


def read_exactly(fd: int, size: int) -> bytes:
    """The next ``size`` octets; fewer where the file ends before."""
    pieces = []
    while size > 0 and (piece := os.read(fd, size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def reading_refusal(error: OSError) -> Refusal:
    """What the client is told when reading fails. Windows answers a name that no file can have with EINVAL,
    and a file that another program holds with EACCES.
    """
    if error.errno in OUT_OF_RESOURCES:
        return Refusal("out-of-resources")
    if isinstance(error, PermissionError):
        return Refusal("unreadable")
    return Refusal("not-found")
