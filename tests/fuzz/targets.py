"""The targets by name. Each takes octets and raises AssertionError, or anything else, where the server is
wrong: coverage guides the search, the properties say what is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz import access, framing, names, values

if TYPE_CHECKING:
    from collections.abc import Callable


class Target(NamedTuple):
    check: Callable[[bytes], None]
    longest_bytes: int
    """Of an input: long enough to say all that matters, short enough to try many."""


TARGETS: dict[str, Target] = {
    "parser": Target(framing.check_parser, 768),
    "limits": Target(framing.check_parser_at_its_limits, 512),
    "chunked": Target(framing.check_chunked, 2048),
    "path": Target(names.check_path, 256),
    "host": Target(names.check_host, 300),
    "entry": Target(names.check_entry, 300),
    "json": Target(values.check_json, 1024),
    "json_speed": Target(values.check_json_speed, 256),
    "content_type": Target(values.check_content_type, 256),
    "preferences": Target(values.check_preferences, 256),
    "conditions": Target(values.check_conditions, 300),
    "credentials": Target(access.check_credentials, 200),
    "masked": Target(access.check_masked, 300),
    "network": Target(access.check_network, 64),
    "dates": Target(values.check_dates, 64),
}
