"""Every input that the corpus keeps, tried without the fuzzer; and proof that mistakes would show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server_core import (
    conditions,
    content_type,
    dates,
    grammar,
    hosts,
    json_text,
    messages,
    networks,
    parser,
    password_guard,
    paths,
    preferences,
)
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
MOST_FILES = 60
NOTHING = re.compile(r"(?!)")


def inputs(name: str) -> list[Path]:
    return sorted((CORPUS / name).iterdir())


def test_every_target_has_a_small_corpus_and_every_corpus_a_target():
    assert {folder.name for folder in CORPUS.iterdir() if folder.is_dir()} == set(TARGETS)
    for name, target in TARGETS.items():
        assert 5 <= len(inputs(name)) <= MOST_FILES, name
        assert max(file.stat().st_size for file in inputs(name)) <= target.longest_bytes, name


@pytest.mark.parametrize(
    ("name", "file"),
    [pytest.param(name, file, id=f"{name}/{file.name}") for name in TARGETS for file in inputs(name)],
)
def test_replay(name, file):
    TARGETS[name].check(file.read_bytes())


def ignore_framing(request):
    request.chunked, request.content_length = False, 0


def join_carelessly(field_lines):
    return {name.decode("ascii").lower(): value.decode("latin-1") for name, value in field_lines}


constants_count = {state: {**after, "constant": ""} for state, after in json_text._NEXT.items()}

# A mistake that someone could make, the target that must notice, and how it is made: module, name, stand-in.
MISTAKES = {
    "lengths count for nothing": ("parser", messages, "_read_framing", ignore_framing),
    "bodies are left out": ("parser", parser.RequestParser, "_begin_body", lambda self, request: 0),
    "a host may come twice": ("parser", messages, "_join", join_carelessly),
    "names hold anything": ("parser", grammar, "FIELD_LINE", re.compile(rb"(?P<name>.+):(?P<value>.*)")),
    "a CR before a split is bare": ("limits", grammar, "FORBIDDEN_OCTET", re.compile(rb"\r(?!\n)")),
    "chunk lines may be long": ("chunked", grammar, "CHUNK_LINE_BYTES", 10_000),
    "chunk sizes are octal": ("chunked", grammar, "CHUNK_LINE", re.compile(rb"(?P<size>[0-7]+)")),
    "every segment passes": ("path", paths, "check_segment", lambda name: None),
    "devices pass": ("path", paths, "_DEVICE", NOTHING),
    "streams pass": ("path", paths, "_RESERVED", NOTHING),
    "controls pass": ("path", paths, "_CONTROL", NOTHING),
    "percent is decoded twice": ("path", paths, "_ESCAPE", re.compile(rb"%(?:25)?([0-9A-Fa-f]{2})")),
    "names keep their dot": ("host", hosts, "_normalise_name", str.lower),
    "addresses keep their form": ("host", hosts, "normalise_ipv6", lambda text: f"[{text}]"),
    "every entry matches": ("entry", hosts.AllowEntry, "matches", lambda entry, host, port: True),
    "NaN passes": ("json", json_text, "_NEXT", constants_count),
    "depth does not count": ("json", json_text, "DEPTH", 1_000),
    "a piece ends a token": ("json", json_text, "_begun", lambda text, token: ""),
    "any charset passes": ("content_type", content_type, "_PARAMETER", NOTHING),
    "what is refused is welcome": ("preferences", preferences, "_weight", lambda text: 1000),
    "a name has its case": ("preferences", preferences, "_WHAT", re.compile("[a-z]+")),
    "weak tags are strong": ("conditions", conditions, "_lists", lambda value, tag, strongly: tag in value),
    "a password holds anything": ("credentials", password_guard, "_CONTROL", NOTHING),
    "folded lines are shown": ("masked", messages, "_SECRET_FIELD", re.compile(rb"(?im)^(authorization:).*\n")),
    "mapped networks are IPv6": ("network", networks, "_MAPPED_BITS", 129),
    "positions count from one": ("conditions", conditions, "_position", lambda digits: int(digits[:9]) + 1),
    "December is the first month": ("dates", dates, "_MONTHS", dates._MONTHS[-1:] + dates._MONTHS[:-1]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "owner", "attribute", "stand_in"),
    [pytest.param(*row, id=mistake) for mistake, row in MISTAKES.items()],
)
def test_the_corpus_shows_a_mistake(name, owner, attribute, stand_in, monkeypatch):
    monkeypatch.setattr(owner, attribute, stand_in)
    for file in inputs(name):
        try:
            TARGETS[name].check(file.read_bytes())
        except Exception:
            return
    pytest.fail("no input noticed")
