"""What sets the Standard profile and the Website profile apart, as a table. All else is the same in both."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from server_core.mime import OCTETS, STANDARD_KINDS, WEBSITE_KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

STANDARD, WEBSITE = "standard", "website"


class Profile(NamedTuple):
    kinds: Mapping[str, Kind]
    """How files are served, by their extension."""
    unknown: Kind | None
    """How all others are; None where they are not."""
    methods: frozenset[str]
    """What may be asked of a file."""
    fields: tuple[tuple[str, str], ...]
    """Field lines of every answer."""
    error_page: str
    """The page of the root that says that there is nothing; empty where none does."""


PROFILES = {
    STANDARD: Profile(STANDARD_KINDS, None, frozenset({"GET"}), (), ""),
    WEBSITE: Profile(
        WEBSITE_KINDS,
        Kind(OCTETS),
        frozenset({"GET", "HEAD", "OPTIONS"}),
        # The table above says what a file is: no browser shall guess otherwise (Fetch standard, section 3.6).
        (("X-Content-Type-Options", "nosniff"),),
        "404.html",
    ),
}
