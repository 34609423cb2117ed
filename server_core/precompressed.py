"""Compressed files beside the one that is asked for, app.js.br and app.js.gz (RFC 9110 section 12.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.files import Folder
from server_core.preferences import weights
from server_core.search import Ground, Search

if TYPE_CHECKING:
    from server_core.files import File
    from server_core.messages import Request
    from server_core.paths import FilePath

# What a coding adds to a file's name; of two that are wanted alike the first is taken, which is the smaller.
SUFFIXES = {"br": ".br", "gzip": ".gz"}


def wanted_codings(accept_encoding: str) -> tuple[str, ...]:
    """Those of SUFFIXES that a client prefers to the file as it is, the most wanted first.

    Who refuses that as well gets it all the same where there is nothing else.
    """
    given = weights(accept_encoding)
    given.setdefault("gzip", given.get("x-gzip", given.get("*", 0)))  # section 8.4.1.3
    others = given.get("*", 0)
    plain = given.get("identity", others)
    ranked = sorted(SUFFIXES, key=lambda coding: -given.get(coding, others))
    return tuple(coding for coding in ranked if given.get(coding, others) >= max(plain, 1))


class PrecompressedSearch(Search):
    """Finds the variant of a file that the client prefers. Immutable; any thread may call any method."""

    def find(self, request: Request, path: FilePath) -> tuple[File, File | Ground] | Folder:
        found = super().find(request, path)
        if isinstance(found, Folder):
            return found
        file, ground = found
        codings = wanted_codings(request.fields.get("accept-encoding", ""))
        if not codings or file.name.lower().endswith(tuple(SUFFIXES.values())):
            return found
        files, absent = ground if isinstance(ground, Ground) else Ground((file,), ())
        for coding in codings:
            variant = self._root.beside(file, SUFFIXES[coding])
            if variant is None:
                absent = (*absent, file.name + SUFFIXES[coding])
                continue
            files = (*files, variant)
            # One that is older was made of another text: better the right one than the smaller one.
            if variant.signature.mtime_ns >= file.signature.mtime_ns:
                return variant.encoded(coding), Ground(files, absent)
        return file, Ground(files, absent)
