"""What a path leads to where no file has its name: clean addresses, and the one page of an app."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from server_core.files import File, Folder
from server_core.paths import UPLOAD, FilePath
from server_core.preferences import weights
from server_core.refusals import Refusal

if TYPE_CHECKING:
    from server_core.config import Config
    from server_core.files import Root
    from server_core.messages import Request

INDEX = "index.html"
_APP = FilePath((INDEX,), is_folder=False)

Lookup = Callable[["Request", FilePath, bool], "FilePath | None"]
"""Where else to look for the target of a request; the last says whether there is a folder, to which the
client would be sent.
"""


class Ground(NamedTuple):
    """What an answer rests on."""

    files: tuple[File, ...]
    """Must stay as they are."""
    absent: tuple[str, ...]
    """Names that must stay free."""

    def is_current(self) -> bool:
        return all(file.is_current() for file in self.files) and not any(map(os.path.lexists, self.absent))

    @property
    def is_settled(self) -> bool:
        """Whether any later change will show."""
        return all(file.is_settled for file in self.files) and self.is_current()


class Search:
    """Immutable; any thread may call any method."""

    def __init__(self, root: Root, config: Config) -> None:
        self._root = root
        self._shows_folders = config.listing
        lookups = ((config.clean_urls, page_beside), (config.spa, app_page))
        self._lookups: tuple[Lookup, ...] = tuple(lookup for on, lookup in lookups if on)

    def find(self, request: Request, path: FilePath) -> tuple[File, File | Ground] | Folder:
        """The file to show, and on what that rests; or the folder that is meant where ``path`` lacks its
        slash, or that is to be shown where it has it. Raises Refusal.
        """
        folder = None
        try:
            found = self._own(path)
            if isinstance(found, File):
                return found, found
            folder = found
        except Refusal as refusal:
            if refusal.code != "not-found":
                raise
        tried = [path]
        for lookup in self._lookups:
            if (other := lookup(request, path, folder is not None)) is None:
                continue
            if (page := self._page(other)) is not None:
                return page, Ground((page,), tuple(map(self._root.name, tried)))
            tried.append(other)
        if folder is not None:
            return folder
        raise Refusal("not-found")

    def _own(self, path: FilePath) -> File | Folder:
        """What the path itself names; of a folder with its slash the index, if it has one."""
        found = self._root.find(path)
        if isinstance(found, Folder) and path.is_folder:
            try:
                index = self._root.find(FilePath((*path.segments, INDEX), is_folder=False))
            except Refusal as refusal:
                if refusal.code != "not-found" or not self._shows_folders:
                    raise
                return found
            if isinstance(index, File):
                return index
            if not self._shows_folders:
                raise Refusal("not-found")
        return found

    def _page(self, path: FilePath) -> File | None:
        try:
            found = self._root.find(path)
        except Refusal:
            return None
        return found if isinstance(found, File) else None


def page_beside(_request: Request, path: FilePath, _has_folder: bool) -> FilePath | None:
    """``/about`` is about.html, also where there is a folder ``about``: generators of sites write both. A
    slash at the end means the folder, for relative links would lead elsewhere.
    """
    if path.is_folder:
        return None
    return FilePath((*path.segments[:-1], path.segments[-1] + ".html"), is_folder=False)


def app_page(request: Request, path: FilePath, has_folder: bool) -> FilePath | None:
    """A deep link leads to the app's page, which knows what to show. Only browsers that go somewhere name
    text/html, so a script or picture that is missing stays so.
    """
    goes_somewhere = weights(request.fields.get("accept", "")).get("text/html", 0) > 0
    return None if has_folder or not goes_somewhere or path.segments[:1] == UPLOAD.segments else _APP
