"""How long browsers keep what is shown: RFC 9111 section 5.2.2."""

from __future__ import annotations

import pytest

from server_core.config import Config
from server_core.freshness import cache_fields, parse_cache


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("none", "no-store"),
        ("revalidate", "no-cache"),
        ("0", "max-age=0"),
        (" 0060 ", "max-age=60"),
        ("31536000", "max-age=31536000"),
    ],
)
def test_what_is_said(text, value):
    assert cache_fields(parse_cache(text)) == (("Cache-Control", value),)
    config = Config.from_text({"profile": "website", "cache": text})
    assert Config.from_text(config.to_text()) == config


def test_nothing_is_said_unless_it_is_chosen():
    assert cache_fields(parse_cache(" ")) == cache_fields(Config().cache) == ()


@pytest.mark.parametrize(
    "text", ["no-store", "None", "-1", "+1", "1.5", "1h", "31536001", "\u0665", "9" * 5000]
)
def test_what_is_neither_a_word_nor_seconds_is_told(text):
    with pytest.raises(ValueError, match="write none, revalidate, or whole seconds from 0 to 31536000"):
        parse_cache(text)
