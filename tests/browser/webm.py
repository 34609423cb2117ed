"""A WebM file by hand (Matroska, RFC 9559): pictures that a browser has coded, a second each, with an index."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_EBML, _SEGMENT, _INFO, _TRACKS = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B
_CUES, _CLUSTER, _VOID = 0x1C53BB6B, 0x1F43B675, 0xEC


def element(name: int, content: bytes | int | str) -> bytes:
    """An element with its size in eight octets, so that the size of a size never depends on it; so are numbers."""
    if isinstance(content, int):
        content = content.to_bytes(8, "big")
    elif isinstance(content, str):
        content = content.encode("ascii")
    octets = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return octets + (len(content) | 1 << 56).to_bytes(8, "big") + content


def key_frame(webp: bytes) -> bytes:
    """What a lossy WebP picture (RFC 9649) holds is a key frame of VP8."""
    at = 12
    while at < len(webp):
        name, size = struct.unpack_from("<4sI", webp, at)
        if name == b"VP8 ":
            return webp[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise ValueError("the picture is not lossy")


def video(frames: Sequence[bytes], width: int, height: int, bytes_per_s: int) -> bytes:
    """``frames`` are key frames; what lacks to ``bytes_per_s`` is filled with octets that mean nothing."""
    clusters = [_cluster(second, frame, bytes_per_s) for second, frame in enumerate(frames)]
    head = _info(len(frames)) + _tracks(width, height)
    starts = [len(head) + len(_cues([0] * len(frames)))]
    for cluster in clusters:
        starts.append(starts[-1] + len(cluster))
    document = (
        element(0x4286, 1) + element(0x42F7, 1) + element(0x42F2, 4) + element(0x42F3, 8)
        + element(0x4282, "webm") + element(0x4287, 4) + element(0x4285, 2)
    )  # fmt: skip
    content = head + _cues(starts[:-1]) + b"".join(clusters)
    return element(_EBML, document) + element(_SEGMENT, content)


def _info(seconds: int) -> bytes:
    duration = element(0x4489, struct.pack(">d", seconds * 1000.0))
    return element(
        _INFO, element(0x2AD7B1, 1_000_000) + duration + element(0x4D80, "test") + element(0x5741, "test")
    )


def _tracks(width: int, height: int) -> bytes:
    entry = (
        element(0xD7, 1) + element(0x73C5, 1) + element(0x83, 1) + element(0x9C, 0) + element(0x86, "V_VP8")
    )
    size = element(0xB0, width) + element(0xBA, height)
    return element(_TRACKS, element(0xAE, entry + element(0x23E383, 1_000_000_000) + element(0xE0, size)))


def _cues(starts: Sequence[int]) -> bytes:
    """Where in the segment each second begins."""
    points = (
        element(0xBB, element(0xB3, second * 1000) + element(0xB7, element(0xF7, 1) + element(0xF1, start)))
        for second, start in enumerate(starts)
    )
    return element(_CUES, b"".join(points))


def _cluster(second: int, frame: bytes, bytes_per_s: int) -> bytes:
    block = element(0xA3, b"\x81\0\0\x80" + frame)
    cluster = element(_CLUSTER, element(0xE7, second * 1000) + block)
    return cluster + element(_VOID, bytes(max(0, bytes_per_s - len(cluster))))
