"""Conditional requests and single ranges (RFC 9110 sections 13 and 14), as pure functions over fields and
validators.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from server_core.dates import parse_http_date
from server_core.refusals import Refusal
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

# RFC 9110 section 8.8.3, as a member of a list (section 5.6.1), which may be empty.
_ENTITY_TAG = re.compile(r'[ \t]*(?:(W/)?("[\x21\x23-\x7e\x80-\xff]*"))?[ \t]*(?:,|\Z)')
_RANGE = re.compile(r"bytes=(?P<first>[0-9]*)-(?P<last>[0-9]*)", re.IGNORECASE)
# Positions with more digits lie behind the end of any file; int() would refuse 5,000 digits.
_POSITION_DIGITS = 19


class Validators(NamedTuple):
    """What tells one state of a file from another."""

    entity_tag: str
    """Strong, with its quotes."""
    modified_s: int
    """Last-Modified, in whole seconds since the epoch."""


class Span(NamedTuple):
    """A range that can be served."""

    first: int
    length: int


def is_not_modified(fields: Mapping[str, str], validators: Validators) -> bool:
    """Whether a GET may be answered 304. Raises Refusal("precondition") for 412. The order is that of RFC
    9110 section 13.2.2.
    """
    if "if-match" in fields:
        if not _lists(fields["if-match"], validators.entity_tag, strongly=True):
            raise Refusal("precondition")
    elif (
        date := parse_http_date(fields.get("if-unmodified-since", ""))
    ) is not None and validators.modified_s > date:
        raise Refusal("precondition")
    if "if-none-match" in fields:
        return _lists(fields["if-none-match"], validators.entity_tag, strongly=False)
    date = parse_http_date(fields.get("if-modified-since", ""))
    return date is not None and validators.modified_s <= date


def _lists(value: str, entity_tag: str, *, strongly: bool) -> bool:
    """Whether a field lists the tag or ``*``. Ours is strong, so a weak one of the client matches only
    weakly (section 8.8.3.2).
    """
    if value.strip(" \t") == "*":
        return True
    found, at = False, 0
    while at < len(value):
        member = _ENTITY_TAG.match(value, at)
        if member is None:
            return False  # malformed: names no state of the file
        found = found or (member[2] == entity_tag and not (strongly and member[1]))
        at = member.end()
    return found


def requested_span(fields: Mapping[str, str], validators: Validators, size: int, now_s: float) -> Span | None:
    """The one range to serve, or None for the whole file. Raises Refusal("range") for 416.

    The whole is served for several ranges, units other than bytes, malformed ranges (section 14.2 lets a
    server ignore them), a stale If-Range, and the last octets of an empty file, which are the whole of it.
    """
    match = _RANGE.fullmatch(fields.get("range", ""))
    if match is None or not _range_is_wanted(fields.get("if-range"), validators, now_s):
        return None
    first, last = match["first"], match["last"]
    if not first:
        if not last:
            return None
        if (length := _position(last)) == 0:
            raise _unsatisfiable(size)
        length = min(length, size)
        return Span(size - length, length) if length else None
    start = _position(first)
    end = _position(last) if last else size - 1
    if end < start and last:
        return None
    if start >= size:
        raise _unsatisfiable(size)
    return Span(start, min(end, size - 1) - start + 1)


def _position(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _POSITION_DIGITS else 10**_POSITION_DIGITS


def _unsatisfiable(size: int) -> Refusal:
    return Refusal(
        "range", Sentence(" It has {size} bytes.", size=size), (("Content-Range", f"bytes */{size}"),)
    )


def _range_is_wanted(if_range: str | None, validators: Validators, now_s: float) -> bool:
    """RFC 9110 section 13.1.5: a strong tag, or a date that equals Last-Modified and is old enough to be a
    strong validator.
    """
    if if_range is None:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == validators.entity_tag
    return parse_http_date(if_range) == validators.modified_s and validators.modified_s < int(now_s)
