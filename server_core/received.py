"""One file on its way in, of any size: from the client to the disk piece by piece, whole or absent."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
import unicodedata
from typing import TYPE_CHECKING

from server_core.parts import refusal_for
from server_core.paths import check_segment
from server_core.refusals import Refusal
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server_core.parts import Part
    from server_core.uploads import UploadFolder

# So much is written before it is seen to that it is on the disk, and looked at how much room is left: a
# worker waits for so much at a time and not for a gigabyte at the end.
FLUSH_BYTES = 8 * 1024 * 1024
# What ext4, NTFS and APFS take for a name, in UTF-8.
NAME_BYTES = 255
# name.ext, name (2).ext ... name (99).ext, and then chance: phones call every photo image.jpg.
NUMBERED_NAMES = 99
_CHANCES = 10
# What is longer behind the last dot is no extension.
_EXTENSION_BYTES = 32

RENAME = Sentence(" Rename the file and send it again.")
# What no file may be called here, although the rules for paths allow it.
NAME_FAULTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\..*", re.DOTALL), Sentence("it begins with a dot")),
    (
        re.compile(r"upload_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}\.json", re.IGNORECASE),
        Sentence("names like this one are given to JSON uploads"),
    ),
    # Explorer reads these when their folder is merely opened, and goes wherever they point to for an icon:
    # that way a stranger gets at the credentials of whoever looks at what has come (CVE-2025-24054).
    (
        re.compile(
            r"desktop\.ini|.*\.(?:lnk|url|scf|library-ms|search-ms|searchconnector-ms)",
            re.IGNORECASE | re.DOTALL,
        ),
        Sentence("Windows acts on files of this kind when their folder is opened"),
    ),
    # They have invoice(RLO)fdp.exe read as invoiceexe.pdf.
    (
        re.compile(".*[\u202a-\u202e\u2066-\u2069].*", re.DOTALL),
        Sentence("it has characters that turn the direction of writing"),
    ),
)


def received_name(name: str) -> str:
    """The name under which a file that was sent as ``name`` is saved: in Unicode's composed form (NFC), so
    that what two systems write in two ways is one name. Raises Refusal.
    """
    name = unicodedata.normalize("NFC", name)
    check_segment(name)
    for pattern, fault in NAME_FAULTS:
        if pattern.fullmatch(name):
            raise Refusal("file-name", Sentence(": {fault}.{advice}", fault=fault, advice=RENAME))
    if len(name.encode()) > NAME_BYTES:
        raise Refusal(
            "file-name", Sentence(": it is longer than {most} bytes.{advice}", most=NAME_BYTES, advice=RENAME)
        )
    return name


def free_names(name: str) -> Iterator[str]:
    """``name``, and what a file is called instead where that is taken. None is longer than a name may be."""
    yield name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > _EXTENSION_BYTES:
        stem, dot, extension = name, "", ""
    marks = [f"{number}" for number in range(2, NUMBERED_NAMES + 1)]
    marks += [secrets.token_hex(4) for _ in range(_CHANCES)]
    for mark in marks:
        end = f" ({mark}){dot}{extension}"
        yield stem.encode()[: NAME_BYTES - len(end.encode())].decode(errors="ignore") + end


class Room:
    """What the disk has left for files that are on their way in. Any thread may call any method."""

    def __init__(self, folder: UploadFolder, min_free_bytes: int) -> None:
        self._folder = folder.folder
        self._min_free_bytes = min_free_bytes
        self._claimed_bytes = 0
        """Of all files together, what is announced and not yet written."""
        self._lock = threading.Lock()

    def claim(self, more_bytes: int) -> None:
        """Keep so much free for a file; with 0 only see whether there still is room for all. Raises
        Refusal.
        """
        free_bytes = self._free_bytes() - self._min_free_bytes
        with self._lock:
            if self._claimed_bytes + more_bytes > free_bytes:
                raise Refusal("disk-room")
            self._claimed_bytes += more_bytes

    def release(self, claimed_bytes: int) -> None:
        """So much is written, or will not be."""
        with self._lock:
            self._claimed_bytes -= claimed_bytes

    def _free_bytes(self) -> int:
        try:
            try:
                return shutil.disk_usage(self._folder).free
            except FileNotFoundError:  # nothing was uploaded yet
                return shutil.disk_usage(self._folder.parent).free
        except OSError as error:
            raise refusal_for(error) from error


class ReceivedFile:
    """Belongs to whichever worker has the connection."""

    def __init__(
        self, name: str, size_bytes: int | None, max_bytes: int, folder: UploadFolder, room: Room
    ) -> None:
        """``size_bytes`` is None where the client does not know it beforehand. Raises Refusal where there is
        no room.
        """
        room.claim(size_bytes or 0)
        self.max_bytes = max_bytes
        """How large the body may be."""
        self._name = name
        self._folder = folder
        self._room = room
        self._claimed_bytes = size_bytes or 0
        self._unflushed_bytes = 0
        self._part: Part | None = None

    def write(self, data: bytes) -> None:
        """Take a piece of the body. Raises Refusal."""
        if len(data) > self._claimed_bytes:
            self._room.claim(FLUSH_BYTES)
            self._claimed_bytes += FLUSH_BYTES
        try:
            part = self._open()
            part.write(data)
            self._release(len(data))
            self._unflushed_bytes += len(data)
            if self._unflushed_bytes >= FLUSH_BYTES:
                part.flush()
                self._unflushed_bytes = 0
                self._room.claim(0)
        except OSError as error:
            raise refusal_for(error) from error

    def save(self) -> str:
        """Give the file its name and return that. Raises Refusal; then nothing of it is left."""
        try:
            return self._open().publish(free_names(self._name))
        except OSError as error:
            raise refusal_for(error) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget what was not saved. May be called again."""
        self._release(self._claimed_bytes)
        if self._part is not None:
            self._part.discard()

    def _open(self) -> Part:
        """The file, which is made with the first octet: who announces one and sends nothing has none."""
        if self._part is None:
            self._part = self._folder.part()
        return self._part

    def _release(self, written_bytes: int) -> None:
        self._room.release(written_bytes)
        self._claimed_bytes -= written_bytes
