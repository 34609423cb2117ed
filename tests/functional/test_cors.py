"""Pages of other origins (--cors), fields of one's own (--header), how long to keep (--cache): on every answer
that they belong on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_core import files
from tests.functional.live import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Answer, Live

APP, OTHER = "https://app.example", "https://other.example"
ASKS = "Access-Control-Request-Method: POST"

# Requests with their statuses: every kind of answer that there is.
ANSWERS = [
    (200, ("GET / HTTP/1.1",)),
    (200, ("HEAD / HTTP/1.1",)),
    (200, ("GET /large.bin HTTP/1.1",)),
    (206, ("GET / HTTP/1.1", "Range: bytes=0-1")),
    (301, ("GET /docs HTTP/1.1",)),
    (304, ("GET / HTTP/1.1", "If-None-Match: *")),
    (400, ("GET / HTTP/1.1", "Content-Length: x")),
    (403, ("GET /../x HTTP/1.1",)),
    (404, ("GET /missing HTTP/1.1",)),
    (405, ("DELETE / HTTP/1.1",)),
    (412, ("GET / HTTP/1.1", 'If-Match: "x"')),
    (416, ("GET / HTTP/1.1", "Range: bytes=9999999-")),
    (200, ("OPTIONS / HTTP/1.1",)),
    (505, ("GET / HTTP/2.0",)),
]
UNREAD = {400, 505}
"""The head was refused before anybody could know its fields."""


@pytest.fixture
def root(site: Path, monkeypatch) -> Path:
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    (site / "large.bin").write_bytes(bytes(300_000))
    return site


def ask(live: Live, line: str, *fields: str) -> Answer:
    """Three times: what was answered before must say the same."""
    with live.client() as client:
        answers = [client.ask(line, *fields)]
        while len(answers) < 3 and not answers[0].closes:
            answers.append(client.ask(line, *fields))
    for each in answers:
        assert {**each.fields, "date": "", "keep-alive": ""} == {
            **answers[0].fields, "date": "", "keep-alive": "",
        }  # fmt: skip
    return answers[0]


def test_every_answer_says_who_may_read_it(root):
    with serving(root, profile="website", cors=f"{APP}, http://localhost:3000") as live:
        for status, asked in ANSWERS:
            for origin, allowed in ((APP, APP), (OTHER, None), ("null", None), (None, None)):
                answer = ask(live, *asked, *((f"Origin: {origin}",) if origin else ()))
                assert answer.status == status
                assert answer.fields["vary"] == "Origin"
                said = answer.fields.get("access-control-allow-origin")
                assert said == (None if status in UNREAD else allowed), asked
                assert ("access-control-expose-headers" in answer.fields) == (said is not None)
                assert "access-control-allow-credentials" not in answer.fields


def test_everybody_may_read(root):
    with serving(root, profile="website", cors="*") as live:
        for status, asked in ANSWERS:
            for fields in ((), (f"Origin: {OTHER}",)):
                answer = ask(live, *asked, *fields)
                assert answer.status == status
                assert answer.fields["access-control-allow-origin"] == "*"
                assert "vary" not in answer.fields


def test_an_upload_from_an_allowed_page(root):
    with serving(root, profile="website", cors=APP) as live:
        asked = ask(
            live,
            "OPTIONS /upload HTTP/1.1",
            f"Origin: {APP}",
            ASKS,
            "Access-Control-Request-Headers: content-type",
        )
        assert (asked.status, asked.body) == (200, b"")
        # The methods are those of Allow.
        assert asked.fields["access-control-allow-methods"] == asked.fields["allow"] == "OPTIONS, POST"
        assert asked.fields["access-control-allow-headers"] == "content-type"
        assert asked.fields["access-control-allow-origin"] == APP
        posted = live.post(b"{}", f"Origin: {APP}")
        assert (posted.status, posted.fields["access-control-allow-origin"]) == (201, APP)


@pytest.mark.parametrize("target", ["/", "/missing", "*"])
def test_a_preflight_is_answered_alike_for_what_is_there_and_what_is_not(root, target):
    with serving(root, profile="website", cors="*") as live:
        answer = ask(live, f"OPTIONS {target} HTTP/1.1", f"Origin: {APP}", ASKS)
        assert answer.fields["access-control-allow-methods"] == answer.fields["allow"]


def test_a_preflight_to_a_hostile_path_is_refused(root):
    with serving(root, profile="website", cors="*") as live:
        answer = ask(live, "OPTIONS /../x HTTP/1.1", f"Origin: {APP}", ASKS)
        assert answer.status == 403
        assert "access-control-allow-methods" not in answer.fields


def test_fields_of_ones_own_are_on_every_answer(root):
    own = ["X-A: 1, 2", "Referrer-Policy: no-referrer"]
    with serving(root, profile="website", headers="\n".join(own)) as live:
        for status, asked in ANSWERS:
            answer = ask(live, *asked)
            assert answer.status == status
            assert (answer.fields["x-a"], answer.fields["referrer-policy"]) == ("1, 2", "no-referrer")
        assert live.post(b"{").fields["x-a"] == "1, 2"


@pytest.mark.parametrize(
    ("cache", "value"), [("none", "no-store"), ("revalidate", "no-cache"), ("60", "max-age=60")]
)
def test_how_long_files_are_kept(root, cache, value):
    """Also 304 (RFC 9110 section 15.4.5) and a redirect, which browsers keep for ever if nothing is said;
    nothing is promised of what went wrong.
    """
    with serving(root, profile="website", cache=cache) as live:
        for status, asked in ANSWERS:
            answer = ask(live, *asked)
            expected = value if status in {200, 206, 301, 304} and "OPTIONS" not in asked[0] else None
            assert answer.fields.get("cache-control") == expected, asked


def test_none_of_it_is_said_unless_chosen(root):
    with serving(root, profile="website") as live:
        for status, asked in ANSWERS:
            answer = ask(live, *asked, f"Origin: {APP}")
            assert answer.status == status
            assert not [name for name in answer.fields if name.startswith("access-control")]
            assert not {"vary", "cache-control"} & set(answer.fields)
