"""Content-Type as an upload states it: RFC 9110 section 8.3."""

from __future__ import annotations

import pytest

from server_core.content_type import is_json


@pytest.mark.parametrize(
    "value",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json ;\tcharset=utf-8",
        "application/json; charset=utf-8; charset=UTF-8",
        "application/json; version=1; x=y",
        'application/json; note="a; charset=latin-1"',
        'application/json; note="a\\"; charset=x"',
        "application/json;",
        "application/json; ;charset=utf-8;",
    ],
)
def test_json(value):
    assert is_json(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "json",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/problem+json",
        "application/json, application/json",
        "application/json charset=utf-8",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=latin-1",
        "application/json; charset",
        "application/json; charset=",
        "application/json; =utf-8",
        "application/json; charset = utf-8",
        'application/json; charset="utf-8',
        "application/json\n",
        "application /json",
        "application/",
        "/json",
        "*/*",
    ],
)
def test_no_json(value):
    assert not is_json(value)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "value",
    [
        "application/json" + " ;" * 15_000 + "!",
        "application/json" + "; " * 15_000 + "\x01",
        "application/json" + "; a=b " * 5_000 + '"',
        'application/json; a="' + "\\a" * 15_000,
        "a" * 32_000,
    ],
    ids=["semicolons", "spaces", "parameters", "escapes", "a word"],
)
def test_hostile_values_are_judged_soon(value):
    assert not is_json(value)
