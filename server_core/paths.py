"""The one validator of paths: from a target's path to the names of files, as pure functions over text.

The rules are the same on every platform, so that a site which works on Linux is served alike on Windows and
nothing that Windows reads in a second way (devices, streams, short names, dropped dots) ever reaches its
file system. Nothing here looks at the disk: the answer can't depend on whether the target exists.
Containment behind links is checked on the opened file in files.py.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from server_core.refusals import Refusal

UPLOADS = "uploads"

_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
# C0 and C1 controls, and DEL. What else breaks a line in some viewer is legal in a name; the log escapes it.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_RESERVED = re.compile(r'[:*?"<>|]')

# Windows opens these as devices in any folder, whatever extension or blanks follow; the superscript digits
# count as 1 to 3 ("Naming Files, Paths, and Namespaces"). A dot or colon ends the device name, and so do
# blanks before it.
_DEVICE = re.compile(
    r"(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])[ ]*(?:[.:].*)?",
    re.IGNORECASE | re.DOTALL,
)
# A name as NTFS makes it for 8.3: a tilde with a number after a few characters, eight together, and a short
# extension.
_SHORT_NAME = re.compile(r"(?=[^.]{1,8}(?:\.|\Z))[^.]{0,6}~[0-9]{1,6}(?:\.[^.]{0,3})?")


class FilePath(NamedTuple):
    """A path that passed: its segments, and whether it ended in a slash and so means a folder. The root is
    no segments and a slash.
    """

    segments: tuple[str, ...]
    is_folder: bool


UPLOAD = FilePath(("upload",), is_folder=False)
"""Where uploads are sent to."""


def file_path(path: str) -> FilePath:
    """The file or folder below the root that a percent-encoded ``path`` (with its leading slash) names.

    Raises Refusal: ``percent-encoding`` or one of the ``path-`` rows.
    """
    if _PERCENT.search(path):
        raise Refusal("percent-encoding")
    octets = _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), path.encode("ascii"))
    if re.search("%2f", path, re.IGNORECASE):
        raise Refusal("path-encoded-slash")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("path-encoding") from None
    *folders, last = text[1:].split("/")
    segments = (*folders, last) if last else tuple(folders)
    for segment in segments:
        check_segment(segment)
    # Windows and macOS find the folder under any case, and under compatibility forms that casefold does not
    # know: compare loosely.
    if segments and segments[0].casefold() == UPLOADS:
        raise Refusal("path-uploads")
    return FilePath(segments, is_folder=not last)


def can_be_asked_for(folders: tuple[str, ...], name: str) -> bool:
    """Whether :func:`file_path` lets a path name ``name`` in the folder to which ``folders`` lead."""
    try:
        check_segment(name)
        name.encode()  # of what is no UTF-8 on the disk, Python makes lone surrogates
    except (Refusal, UnicodeEncodeError):
        return False
    return bool(folders) or name.casefold() != UPLOADS


def check_segment(name: str) -> None:
    """Raises Refusal where ``name`` can't be one part of a path. Also the rule for the names of files that
    are written.
    """
    if not name:
        raise Refusal("path-empty-segment")
    if _CONTROL.search(name):
        raise Refusal("path-control")
    if "\\" in name:
        raise Refusal("path-backslash")
    if name in {".", ".."}:
        raise Refusal("path-dot-segment")
    if _RESERVED.search(name):
        raise Refusal("path-character")
    if name[-1] in ". ":
        raise Refusal("path-trailing")
    if _DEVICE.fullmatch(name):
        raise Refusal("path-device")
    if _SHORT_NAME.fullmatch(name):
        raise Refusal("path-short-name")
