"""A folder as a page: readable on a phone and in the dark, complete without script, and made of nothing but
itself.

Names come from the disk: each is escaped, kept from turning the direction of text, and linked by an address
that begins with ``./`` and so has no scheme.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from server_core.archive import ARCHIVE_MEMBERS
from server_core.dates import rfc3339, utc
from server_core.listing_style import ICONS, SCRIPT, STYLE
from server_core.mime import OCTETS, WEBSITE_KINDS, Kind, kind_of

if TYPE_CHECKING:
    from server_core.listing import Entry, Listing, Order

_ICON_OF = {
    f"application/{name}": icon
    for icon, names in {
        "archive": "zip gzip zstd x-bzip2 x-xz x-7z-compressed x-tar vnd.rar java-archive",
        "text": "pdf json msword epub+zip yaml",
    }.items()
    for name in names.split()
}
"""The icons of media types whose first half does not say it."""
# Embeddings, overrides and isolates (UAX 9 section 2): in a name they hide what kind of file it is.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_REPLACEMENT = "\ufffd"
_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")
_HEADS = {"name": ("Name", "asc"), "size": ("Size", "desc"), "time": ("Modified", "desc")}
"""What a column is called, and the order in which it is first asked for."""


def listing_page(
    folders: tuple[str, ...], listing: Listing, order: Order, *, takes_files: bool = False
) -> str:
    """``takes_files``: whether visitors may send files, on the page ``/upload``."""
    title = folders[-1] if folders else "Files"
    symbols = "".join(
        f'<symbol id="{name}" viewBox="0 0 24 24"><path d="{path}"/></symbol>' for name, path in ICONS.items()
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<svg hidden aria-hidden="true">{symbols}</svg>
<header>
<div>
<nav aria-label="Where you are"><h1>{_trail(folders)}</h1></nav>
<p>{_summary(listing)}</p>
</div>
<div class="actions">{_UPLOAD_LINK if takes_files else ""}{_zip_link(listing)}</div>
</header>
<main>
{_left_out(listing)}
{_table(folders, listing, order)}
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def path_of(folders: tuple[str, ...]) -> str:
    """The percent-encoded path of a folder, from slash to slash."""
    return "".join(("/", *(quote(name, safe="") + "/" for name in folders)))


def link(entry: Entry) -> str:
    """From the path of its folder on."""
    return quote(entry.name, safe="") + ("/" if entry.is_folder else "")


def size_in_words(size: int) -> str:
    """``1 byte``, ``999 bytes``, ``1.2 kB``, ``35 MB``: two digits at least, in powers of 1,000."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    amount, units = size / 1000, iter(_UNITS)
    unit = next(units)
    while amount >= 999.5:
        amount, unit = amount / 1000, next(units)
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def _trail(folders: tuple[str, ...]) -> str:
    steps = [f'<a href="{path_of(folders[:depth])}">{_name(name)}</a>'
             for depth, name in enumerate(("Files", *folders))]  # fmt: skip
    steps[-1] = f'<span aria-current="page">{_name(folders[-1] if folders else "Files")}</span>'
    return "<i>/</i>".join(steps)


def _name(name: str) -> str:
    return f"<bdi>{html.escape(_TURNING.sub(_REPLACEMENT, name))}</bdi>"


def _summary(listing: Listing) -> str:
    if listing.left_out:
        return f"The first {len(listing.entries):,} by name"
    files = [entry for entry in listing.entries if not entry.is_folder]
    parts = [_count(len(listing.entries) - len(files), "folder"), _count(len(files), "file")]
    if files:
        parts.append(size_in_words(sum(entry.size for entry in files)))
    return ", ".join(filter(None, parts))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else ""


def _zip_link(listing: Listing) -> str:
    if not 0 < len(listing.entries) + listing.left_out <= ARCHIVE_MEMBERS:
        return ""
    return f'<a href="?zip" download>{_icon("save")}Download as zip</a>'


def _left_out(listing: Listing) -> str:
    if not listing.left_out:
        return ""
    number = f"{listing.left_out:,}" if listing.is_counted else f"at least {listing.left_out:,}"
    return (
        f'<p class="note">There is too much in this folder for one page: {number} are left out. '
        "Each can be opened by its address.</p>"
    )


def _table(folders: tuple[str, ...], listing: Listing, order: Order) -> str:
    if not listing.entries:
        return '<p class="note">This folder is empty.</p>'
    direction = "descending" if order.is_descending else "ascending"
    path = html.escape("/".join(("", *folders, "")))
    caption = f"What is in {path}, by {_HEADS[order.by][0].lower()}, {direction}; folders first"
    return (
        f"<table>\n<caption>{caption}</caption>\n"
        f"<thead><tr>{''.join(_head(by, order) for by in _HEADS)}</tr></thead>\n"
        f"<tbody>\n{''.join(map(_row, listing.entries))}</tbody>\n</table>"
    )


def _head(by: str, order: Order) -> str:
    text, first = _HEADS[by]
    is_current = by == order.by
    if is_current:
        first = "asc" if order.is_descending else "desc"
    sort = f' aria-sort="{"de" if order.is_descending else "a"}scending"' if is_current else ""
    zone = '<span id="zone"> (UTC)</span>' if by == "time" else ""
    return f'<th scope="col"{sort}><a href="?sort={by}&amp;order={first}">{text}{zone}</a></th>'


def _row(entry: Entry) -> str:
    slash, size = ("/", "") if entry.is_folder else ("", size_in_words(entry.size))
    return (
        f'<tr class="{"folder" if entry.is_folder else "file"}"><th scope="row"><a href="./{link(entry)}">'
        f"{_icon(_icon_of(entry))}{_name(entry.name + slash)}</a></th><td>{size}</td>"
        f'<td><time datetime="{rfc3339(entry.modified_s)}">{utc(entry.modified_s):%Y-%m-%d %H:%M}</time></td>'
        "</tr>\n"
    )


def _icon(name: str) -> str:
    return f'<svg aria-hidden="true"><use href="#{name}"/></svg>'


_UPLOAD_LINK = f'<a href="/upload">{_icon("send")}Send files</a>'


def _icon_of(entry: Entry) -> str:
    if entry.is_folder:
        return "folder"
    kind = kind_of(entry.name, WEBSITE_KINDS, Kind(OCTETS))
    media_type = OCTETS if kind is None else kind.media_type
    family = media_type.partition("/")[0]
    return _ICON_OF.get(media_type, family if family in ICONS else "file")
