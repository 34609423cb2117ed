"""What the Standard profile serves, by extension. A table of our own: the registry of a Windows machine may
call .js text/plain.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    media_type: str
    saved: bool
    """Whether a browser is asked to save the file instead of showing it."""


_SAVED = Kind("application/octet-stream", saved=True)

SERVED: dict[str, Kind] = {
    ".html": Kind("text/html; charset=utf-8", saved=False),
    ".txt": _SAVED,
    ".png": _SAVED,
    ".jpg": _SAVED,
    ".jpeg": _SAVED,
}


def kind_of(name: str) -> Kind | None:
    """How the file called ``name`` is served; None where its type is not. A name that is all extension
    (``.html``) has none.
    """
    stem, dot, extension = name.rpartition(".")
    return SERVED.get(dot + extension.lower()) if stem else None
