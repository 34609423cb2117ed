"""What a client prefers: lists whose members have weights (RFC 9110 section 12.4.2), as a pure function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server_core.grammar import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = TOKEN.decode("ascii")
# A coding, a charset or a language is a token; a media range is two with a slash between.
_WHAT = re.compile(rf"{_TOKEN}(?:/{_TOKEN})?")
_QVALUE = re.compile(r"0(?:\.([0-9]{0,3}))?|1(?:\.0{0,3})?")


def weights(value: str) -> dict[str, int]:
    """The weight in thousandths of each member of an Accept field, by what it names: in lower case, without
    parameters. 0 is what the client refuses.

    Members that are malformed are passed over, and of two that name the same the greater weight counts. A
    comma or semicolon within quotes is taken for what it is without, so that a field of any length is read in
    one pass: no known media type needs one.
    """
    found: dict[str, int] = {}
    for member in value.split(","):
        what, *parameters = (part.strip(" \t") for part in member.lower().split(";"))
        if _WHAT.fullmatch(what):
            given = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
            weight = _weight(given[0]) if given else 1000
            found[what] = max(found.get(what, -1), weight)
    return {what: weight for what, weight in found.items() if weight >= 0}


def _weight(text: str) -> int:
    """A qvalue in thousandths; -1 where it is none."""
    match = _QVALUE.fullmatch(text)
    if match is None:
        return -1
    return 1000 if text.startswith("1") else int((match[1] or "").ljust(3, "0"))


def media_weight(accepted: Mapping[str, int], media_type: str) -> int:
    """How much a client wants a media type, in thousandths: of the ranges that fit, the most specific counts
    (RFC 9110 section 12.5.1). ``accepted``: the weights of its Accept field; where there are none, all is
    welcome.
    """
    if not accepted:
        return 1000
    for known in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if known in accepted:
            return accepted[known]
    return 0
