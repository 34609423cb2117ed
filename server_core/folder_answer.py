"""From a folder without a page of its own to the answer that shows it: as a page, as JSON, or as a zip."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from server_core.answers import Answer, attachment
from server_core.archive import Archives
from server_core.dates import rfc3339
from server_core.freshness import NONE, REVALIDATE, cache_fields
from server_core.listing import order_of, read_folder
from server_core.listing_page import link, listing_page, path_of
from server_core.listing_style import CONTENT_SECURITY_POLICY
from server_core.preferences import media_weight, weights

if TYPE_CHECKING:
    from server_core.config import Config
    from server_core.files import Root
    from server_core.listing import Listing
    from server_core.messages import Request

_ROOT_NAME = "files"


class Catalogue:
    """How folders are shown. Any thread may call any method."""

    def __init__(self, root: Root, config: Config) -> None:
        self._root = root
        # A folder may change at any time, and nothing in it tells a cache that it did.
        self._cache_fields = cache_fields(NONE if config.cache == NONE else REVALIDATE)
        self._takes_files = config.receive_files
        self._archives = Archives(root)

    def answer(self, request: Request, folders: tuple[str, ...]) -> Answer:
        """The answer to GET or HEAD for the folder to which ``folders`` lead. Raises Refusal."""
        asked = parse_qs(request.query or "", keep_blank_values=True)
        if "zip" in asked:
            return self._zip(folders)
        order = order_of(asked)
        listing = read_folder(self._root, folders, order)
        accepted = weights(request.fields.get("accept", ""))
        if media_weight(accepted, "application/json") > media_weight(accepted, "text/html"):
            fields = (("Content-Type", "application/json"), *self._cache_fields)
            return Answer(200, fields, _json(folders, listing))
        page = listing_page(folders, listing, order, takes_files=self._takes_files)
        page_type = ("Content-Type", "text/html; charset=utf-8")
        fields = (page_type, *self._cache_fields, CONTENT_SECURITY_POLICY)
        return Answer(200, fields, page.encode())

    def _zip(self, folders: tuple[str, ...]) -> Answer:
        name = folders[-1] if folders else _ROOT_NAME
        archive = self._archives.make(folders, name)
        fields = (
            ("Content-Type", "application/zip"),
            ("Content-Disposition", attachment(f"{name}.zip")),
            ("Accept-Ranges", "none"),
            *self._cache_fields,
        )
        return Answer(200, fields, length=archive.length, blocks=archive.blocks)


def _json(folders: tuple[str, ...], listing: Listing) -> bytes:
    path = path_of(folders)
    entries = [
        {
            "name": entry.name,
            "type": "folder" if entry.is_folder else "file",
            "size": None if entry.is_folder else entry.size,
            "modified": rfc3339(entry.modified_s),
            "link": path + link(entry),
        }
        for entry in listing.entries
    ]
    content = {
        "path": "/".join(("", *folders, "")),
        "entries": entries,
        "left_out": listing.left_out,
        "left_out_is_exact": listing.is_counted,
    }
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"
