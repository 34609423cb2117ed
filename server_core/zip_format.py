"""The records of a zip file (PKWARE's APPNOTE.TXT 6.3.10, sections in brackets), as pure functions.

Nothing is compressed, so the length of a zip follows from names and sizes. Contents are nevertheless of the
deflate kind, in its blocks for what is not compressed (RFC 1951 section 3.2.4): their sum of CRC is only
known behind them, and who unpacks while it arrives finds the end of such content by itself.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# The longest block that deflate has without compression.
BLOCK_BYTES = 65_535
# A size or offset from here on stands in a field of 64 bits (4.3.9.2, 4.4.1.4).
WIDE_FROM = 0xFFFF_FFFF
_STAND_IN = 0xFFFF_FFFF

_UNIX = 3 << 8
_VERSION, _VERSION_WIDE = 20, 45  # 4.4.3.2
_UTF_8, _CRC_BEHIND = 1 << 11, 1 << 3  # 4.4.4
_STORED, _DEFLATED = 0, 8
_FOLDER_MODE, _FILE_MODE = 0o40755 << 16 | 0x10, 0o100644 << 16
_FIRST_S, _LAST_S = 315_705_600, 4_354_646_400  # 1980-01-03, 2107-12-30: known to DOS in every time zone


class Member(NamedTuple):
    """A file or folder in a zip."""

    name: bytes
    """Its path in UTF-8; that of a folder ends in a slash."""
    size: int
    modified_s: float

    @property
    def is_folder(self) -> bool:
        return self.name.endswith(b"/")

    @property
    def packed_bytes(self) -> int:
        """What its content takes in the zip."""
        if self.is_folder:
            return 0
        return self.size + 5 * max(1, -(-self.size // BLOCK_BYTES))

    @property
    def is_wide(self) -> bool:
        return self.packed_bytes >= WIDE_FROM


def local_header(member: Member) -> bytes:
    """4.3.7: sum and sizes follow behind the content."""
    extra = _extra(_TIMES, _times(member)) + (_extra(_WIDE, bytes(16)) if member.is_wide else b"")
    sizes = (_STAND_IN, _STAND_IN) if member.is_wide else (0, 0)
    return (
        struct.pack(
            "<IHHHIIIIHH", 0x04034B50, _version(member.is_wide), _flags(member), _method(member),
            _dos_time(member.modified_s), 0, *sizes, len(member.name), len(extra),
        )
        + member.name
        + extra
    )  # fmt: skip


def blocks(data: bytes, *, is_end: bool) -> Iterator[bytes]:
    """``data`` as parts of a file's content; all but the last part are a multiple of BLOCK_BYTES long."""
    for at in range(0, len(data) or 1, BLOCK_BYTES):
        block = data[at : at + BLOCK_BYTES]
        is_last = is_end and at + BLOCK_BYTES >= len(data)
        yield struct.pack("<BHH", is_last, len(block), len(block) ^ 0xFFFF)
        yield block


def descriptor(member: Member, crc: int) -> bytes:
    """4.3.9, behind a file's content."""
    form = "<IIQQ" if member.is_wide else "<IIII"
    return struct.pack(form, 0x08074B50, crc, member.packed_bytes, member.size)


def central_record(member: Member, crc: int, offset: int) -> bytes:
    """4.3.12; ``offset``: where the local header stands."""
    packed_bytes, size = member.packed_bytes, member.size
    wide = b""
    if member.is_wide:
        wide += struct.pack("<QQ", size, packed_bytes)
        packed_bytes = size = _STAND_IN
    if offset >= WIDE_FROM:
        wide += struct.pack("<Q", offset)
        offset = _STAND_IN
    extra = _extra(_TIMES, _times(member)) + (_extra(_WIDE, wide) if wide else b"")
    version = _version(bool(wide))
    return (
        struct.pack(
            "<IHHHHIIIIHHHHHII", 0x02014B50, _UNIX | version, version, _flags(member), _method(member),
            _dos_time(member.modified_s), crc, packed_bytes, size, len(member.name), len(extra), 0, 0, 0,
            _FOLDER_MODE if member.is_folder else _FILE_MODE, offset,
        )
        + member.name
        + extra
    )  # fmt: skip


def end_records(count: int, offset: int, size: int) -> bytes:
    """4.3.14 to 4.3.16; ``count`` central records, which take ``size`` octets from ``offset`` on.

    A zip whose members are bounded never has so many that their count needs a wide field.
    """
    wide = b""
    if offset + size >= WIDE_FROM:
        versions = (_UNIX | _VERSION_WIDE, _VERSION_WIDE)
        wide = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, *versions, 0, 0, count, count, size, offset)
        wide += struct.pack("<IIQI", 0x07064B50, 0, offset + size, 1)
        offset = _STAND_IN
    return wide + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size, offset, 0)


_TIMES, _WIDE = 0x5455, 0x0001


def _extra(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _times(member: Member) -> bytes:
    """The time of change in seconds since the epoch, as Info-ZIP adds it: DOS time knows no time zone."""
    return struct.pack("<BI", 1, min(max(int(member.modified_s), 0), 0x7FFF_FFFF))


def _version(is_wide: bool) -> int:
    return _VERSION_WIDE if is_wide else _VERSION


def _flags(member: Member) -> int:
    return _UTF_8 if member.is_folder else _UTF_8 | _CRC_BEHIND


def _method(member: Member) -> int:
    return _STORED if member.is_folder else _DEFLATED


def _dos_time(time_s: float) -> int:
    """Local time in steps of two seconds (4.4.6)."""
    at = time.localtime(min(max(time_s, _FIRST_S), _LAST_S))
    date = (at.tm_year - 1980) << 9 | at.tm_mon << 5 | at.tm_mday
    return date << 16 | at.tm_hour << 11 | at.tm_min << 5 | min(at.tm_sec, 59) // 2
