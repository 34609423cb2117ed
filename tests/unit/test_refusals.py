"""The table of refusals: well-formed, all of it in use, all of it tested."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from server_core.answers import refusal_answer
from server_core.refusals import REFUSALS, Refusal

CHECKOUT = Path(__file__).resolve().parents[2]
TESTS = [*CHECKOUT.glob("tests/unit/*.py"), *CHECKOUT.glob("tests/functional/*.py")]


def constants(paths: list[Path]) -> set[object]:
    """Every constant of the programs, but for names of groups and attributes."""
    found: set[object] = set()
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"))
        keys = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
        slots = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__"
        ]
        keys |= {id(node) for slot in slots for node in ast.walk(slot)}
        found |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in keys
        }
    return found


@pytest.fixture(scope="module")
def raised():
    return constants([path for path in CHECKOUT.glob("server_core/*.py") if path.name != "refusals.py"])


@pytest.fixture(scope="module")
def tested():
    return constants([path for path in TESTS if path.name != Path(__file__).name])


@pytest.mark.parametrize("code", REFUSALS)
def test_every_row_is_raised_somewhere(code, raised):
    assert code in raised


@pytest.mark.parametrize("code", REFUSALS)
def test_every_row_is_expected_by_a_test(code, tested):
    assert code in tested


@pytest.mark.parametrize(("code", "reason"), REFUSALS.items())
def test_rows_are_well_formed(code, reason):
    assert code == code.lower()
    assert 400 <= reason.status <= 511
    assert reason.sentence[0].isupper()
    assert refusal_answer(Refusal(code), "GET").status == reason.status


def test_where_framing_is_in_doubt_the_connection_ends():
    """RFC 9112 section 6.3."""
    doubtful = [
        code
        for code in REFUSALS
        if code.startswith(("length-", "coding-", "chunk-", "trailer-", "bare-", "obs-", "space-", "field-"))
    ]
    assert len(doubtful) >= 12
    assert all(REFUSALS[code].closes for code in doubtful)


def test_the_sentence_is_the_rows_with_its_detail():
    refusal = Refusal("json-syntax", ": expecting value, line 1 column 1.")
    assert refusal.sentence == "The body is not valid JSON: expecting value, line 1 column 1."
    assert str(refusal) == "json-syntax"


def test_an_unknown_code_is_a_mistake_found_at_once():
    with pytest.raises(KeyError):
        Refusal("no-such-row")
