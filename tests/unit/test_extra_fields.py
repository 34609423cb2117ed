"""Fields of the user's own: RFC 9110 sections 5.1, 5.5 and 16.3.2.1."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.config import Config
from server_core.config_file import read_config_file
from server_core.cors import Cors
from server_core.errors import ConfigError
from server_core.extra_fields import common_fields, parse_field

NOSNIFF = ("X-Content-Type-Options", "nosniff")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("Referrer-Policy: no-referrer", "Referrer-Policy: no-referrer"),
        ("  X-A :\t1, 2;  3 ", "X-A: 1, 2;  3"),
        ("X-A:b", "X-A: b"),
        ("Set-Cookie: a=b; Path=/", "Set-Cookie: a=b; Path=/"),
        ("Content-Security-Policy: default-src 'self'", "Content-Security-Policy: default-src 'self'"),
        ("Strict-Transport-Security: max-age=60", "Strict-Transport-Security: max-age=60"),
        ("X: a: b", "X: a: b"),
        ("x_y.z: #1", "x_y.z: #1"),
    ],
)
def test_a_field(line, field):
    assert parse_field(line) == field
    assert parse_field(field) == field


@pytest.mark.parametrize(
    "line",
    [
        "", ":", "X", "X:", "X: ", ": a", "X A: b", "X\xe9: a", "X: \xe9", "#X: a", "1X: a", "-X: a",
        "X: a\r\nY: b", "X: a\rb", "X: a\nb", "X: a\0b", "X: a\x0bb", "X: a\x85b", "X: a\u2028b", "X: a\x7f",
        "X\r\n: a", "GET / HTTP/1.1", "X;Y: a", '"X": a',
    ],
)  # fmt: skip
def test_what_is_no_field_is_told(line):
    with pytest.raises(ValueError, match=r"is not a field: write 'Name: value'"):
        parse_field(line)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Content-Length", "leave it out"),
        ("transfer-encoding", "leave it out"),
        ("Connection", "leave it out"),
        ("Keep-Alive", "leave it out"),
        ("Date", "leave it out"),
        ("Server", "leave it out"),
        ("ETag", "leave it out"),
        ("Last-Modified", "leave it out"),
        ("Content-Range", "leave it out"),
        ("Location", "leave it out"),
        ("Vary", "leave it out"),
        ("X-Content-Type-Options", "leave it out"),
        ("Content-Type", "use --type"),
        ("Content-Encoding", "use --precompressed"),
        ("Cache-Control", "use --cache"),
        ("EXPIRES", "use --cache"),
        ("Access-Control-Allow-Origin", "use --cors"),
        ("access-control-anything", "use --cors"),
    ],
)
def test_what_the_server_says_itself_is_told(name, advice):
    with pytest.raises(ValueError, match=rf"^{name} is .*{advice}\.$"):
        parse_field(f"{name}: x")


@given(st.text(st.sampled_from("aB-: \t\r\n#;") | st.characters(), max_size=30))
def test_whatever_passes_is_one_line_with_a_name_and_a_value(line):
    try:
        field = parse_field(line)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert re.fullmatch(r"[A-Za-z][!#$%&'*+.^_`|~0-9A-Za-z-]*: [!-~]([ -~\t]*[!-~])?", field)


def test_the_setting_keeps_commas_on_every_way(tmp_path):
    lines = ["X-A: 1, 2", "Set-Cookie: a=b; Path=/", "Set-Cookie: c=d"]
    config = Config.from_text({"profile": "website", "headers": lines})
    assert config.headers == tuple(lines)
    assert Config.from_text(config.to_text()) == config
    file = tmp_path / "server.ini"
    file.write_text("[server]\nprofile = website\nheader = " + "\n  ".join(lines) + "\n", "utf-8")
    assert Config.from_text(read_config_file(file)).headers == tuple(lines)


@pytest.mark.parametrize("text", ["X: a\nY: b", "X: a\nno field"])
def test_one_option_can_not_smuggle_in_a_second_line(text):
    with pytest.raises(ConfigError, match="has a line break"):
        Config.from_text({"profile": "website", "headers": [text]})


def common(**texts: str | list[str]) -> tuple[tuple[str, str], ...]:
    config = Config.from_text({"profile": "website", **texts})
    return common_fields(config, Cors(config.cors))


def test_the_fields_of_every_answer():
    assert common() == (NOSNIFF,)
    assert common(headers=["A: b", "A: c: d"]) == (NOSNIFF, ("A", "b"), ("A", "c: d"))
    assert common_fields(Config(), Cors(())) == ()


@pytest.mark.parametrize(
    ("texts", "vary"),
    [
        ({}, []),
        ({"cors": "*"}, []),
        ({"cors": "http://a"}, ["Origin"]),
        ({"spa": "yes"}, ["Accept"]),
        ({"precompressed": "yes"}, ["Accept-Encoding"]),
        (
            {"cors": "http://a, http://b", "spa": "yes", "precompressed": "yes"},
            ["Accept, Accept-Encoding, Origin"],
        ),
        ({"clean_urls": "yes", "cache": "none"}, []),
    ],
)
def test_an_answer_says_by_what_it_varies_in_one_line(texts, vary):
    """RFC 9110 section 12.5.5."""
    assert [value for name, value in common(**texts) if name == "Vary"] == vary
