"""Origins (RFC 6454), and what is said to them (Fetch standard, section 3.3)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.config import Config
from server_core.cors import Cors, parse_origin
from server_core.errors import ConfigError
from server_core.messages import Request

APP = "https://app.example"
METHODS = "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("*", "*"),
        (APP, APP),
        ("HTTPS://App.Example", APP),
        ("https://app.example:443", APP),
        ("http://app.example:443", "http://app.example:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[0:0::1]:8000", "http://[::1]:8000"),
        ("tauri://localhost", "tauri://localhost"),
        ("chrome-extension://aabbcc", "chrome-extension://aabbcc"),
        ("http://xn--bcher-kva.example", "http://xn--bcher-kva.example"),
    ],
)
def test_origins_are_written_as_browsers_write_them(text, origin):
    """RFC 6454 section 6.2."""
    assert parse_origin(text) == origin
    assert parse_origin(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app.example",
        "https://",
        "https:app.example",
        "https:///",
        APP + "/",
        APP + "/path",
        APP + "?x",
        APP + "#x",
        "https://user@app.example",
        "https://app.example:x",
        "https://app.example:65536",
        "https://*.example",
        "https://b\xfccher.example",
        "https://a b",
        "1http://a",
        "http://a\r\nX: y",
    ],
)
def test_what_is_no_origin_is_told(text):
    with pytest.raises(ValueError, match=r"is not an origin: write https://app\.example"):
        parse_origin(text)


@pytest.mark.parametrize("text", ["null", "NULL"])
def test_null_is_refused_with_the_reason(text):
    with pytest.raises(ValueError, match="every sandboxed frame has that origin"):
        parse_origin(text)


def test_the_setting():
    config = Config.from_text({"profile": "website", "cors": [APP + ":443", "http://a:1"]})
    assert config.cors == (APP, "http://a:1")
    assert Config.from_text(config.to_text()) == config
    with pytest.raises(ConfigError, match="'a' is not an origin"):
        Config.from_text({"profile": "website", "cors": f"{APP}, a"})
    with pytest.raises(ConfigError, match="belongs to the Website profile"):
        Config.from_text({"cors": "*"})


def preflight(cors: Cors, **fields: str) -> dict[str, str]:
    request = Request()
    request.method = "OPTIONS"
    request.fields = {name.replace("_", "-"): value for name, value in fields.items()}
    return dict(cors.preflight(request, METHODS))


ASKED = {"origin": APP, "access_control_request_method": "GET"}


@pytest.mark.parametrize("origins", [("*",), (APP,), ("http://x", APP)])
def test_a_preflight_of_an_allowed_origin(origins):
    cors = Cors(origins)
    answer = {"Access-Control-Allow-Methods": METHODS, "Access-Control-Max-Age": "600"}
    assert preflight(cors, **ASKED) == answer
    named = {"Access-Control-Allow-Headers": "content-type, x-a"}
    assert preflight(cors, **ASKED, access_control_request_headers="content-type, x-a") == answer | named


@pytest.mark.parametrize(
    ("origins", "fields"),
    [
        ((), ASKED),
        ((APP,), ASKED | {"origin": "http://app.example"}),
        ((APP,), ASKED | {"origin": f"{APP}, {APP}"}),
        ((APP,), ASKED | {"origin": "*"}),
        ((APP,), {"origin": APP}),
        ((APP,), {"access_control_request_method": "GET"}),
        (("*",), {"access_control_request_method": "GET"}),
    ],
)
def test_anything_else_is_no_preflight_to_allow(origins, fields):
    assert preflight(Cors(origins), **fields) == {}


@pytest.mark.parametrize("names", ["", ",", "a,", "a b", "a;b", "a,,b", "a\xe9"])
def test_what_is_no_list_of_names_is_not_echoed(names):
    assert "Access-Control-Allow-Headers" not in preflight(
        Cors((APP,)), **ASKED, access_control_request_headers=names
    )


@given(st.text(st.sampled_from("ab-, \t:") | st.characters(max_codepoint=255), max_size=30))
def test_what_is_echoed_can_forge_nothing(names):
    answer = preflight(Cors(("*",)), **ASKED, access_control_request_headers=names)
    echoed = answer.get("Access-Control-Allow-Headers")
    assert echoed in {None, names}
    assert echoed is None or re.fullmatch(r"[!-9;-~ \t]+", echoed)


def test_every_answer_varies_by_origin_only_where_origins_are_named():
    assert (Cors(()).fields, Cors(()).lines) == ((), {})
    everyone = Cors(("http://a", "*"))
    assert everyone.lines == {}
    assert ("Access-Control-Allow-Origin", "*") in everyone.fields
    some = Cors((APP, "http://a"))
    assert some.fields == ()
    assert some.lines[APP] == (
        b"Access-Control-Allow-Origin: https://app.example\r\nAccess-Control-Expose-Headers: *\r\n"
    )
    assert set(some.lines) == {APP, "http://a"}
