"""How long what is shown may be kept without asking again (RFC 9111 section 5.2.2)."""

from __future__ import annotations

import re

from server_core.sentence import Mistake

NONE, REVALIDATE = "none", "revalidate"
# A year: as long as anybody means by "for ever", and the most that HTTP/1.1 allowed at first (RFC 2616
# section 14.21).
MAX_AGE_S = 31_536_000

_WORDS = {NONE: "no-store", REVALIDATE: "no-cache"}


def parse_cache(text: str) -> str:
    """``none``, ``revalidate``, seconds, or nothing. Raises ValueError with a sentence."""
    text = text.strip()
    if text in {"", *_WORDS}:
        return text
    if re.fullmatch(r"[0-9]{1,9}", text) and int(text) <= MAX_AGE_S:
        return str(int(text))
    raise Mistake(
        "{text!r} is not how long files may be kept: write none, revalidate, or whole seconds from 0 to "
        "{most}.",
        text=text,
        most=MAX_AGE_S,
    )


def cache_fields(cache: str) -> tuple[tuple[str, str], ...]:
    """The fields that say it. Not ``public``: what a password protects stays out of shared caches (section
    3.5).
    """
    return (("Cache-Control", _WORDS.get(cache) or f"max-age={cache}"),) if cache else ()
