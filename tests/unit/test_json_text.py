"""JSON by the letter of RFC 8259."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.json_text import DEPTH, PIECE_BYTES, JsonText
from server_core.refusals import Refusal

TEN_MB = 10 * 1024 * 1024


def refusal_of(*pieces: bytes) -> Refusal | None:
    text = JsonText()
    try:
        for piece in pieces:
            text.feed(piece)
        text.end()
    except Refusal as refusal:
        return refusal
    return None


VALID = [
    b"{}", b"[]", b"null", b"true", b"false", b"0", b"-0", b"1.5", b"-1.5e+10", b"1E400", b"1e-400", b'""', b'"a"',
    b" \t\r\n{ } \t\r\n", b'{"a": {"a": [1, 2, {"b": null}]}}', b'{"a": 1, "a": 2}',  # 4: names SHOULD be unique
    b'"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"', b'"\\ud83d\\ude00"', b'"\\ud800"',  # 8.2: a lone surrogate is grammatical
    b'"\\u0000"', '"é€😀\x7f\u2028\ufeff"'.encode(), b"1" + b"0" * 5_000, b"0." + b"1" * 5_000,
    b"[" * DEPTH + b"]" * DEPTH, b'{"a":' * DEPTH + b"1" + b"}" * DEPTH, b"[" + b"[]," * 500 + b"[]]",
    b"[" * (DEPTH - 3) + b"[[[1], 2], 3]" + b"]" * (DEPTH - 3), b'{"a": [], "b": {}, "c": [{}, []]}',
    b"[" + b'{"a": [{"b": [1]}, 2]},' * 500 + b"[]]", b"[1 , 2\n,\n3 ]", b"[ [ ] , { } ]",
    b'"' + b"[" * 500 + b'"', b'["\\"' + b"[" * 500 + b'"]', b'{"NaN": "Infinity"}', b'["-Infinity", "NaN"]',
]  # fmt: skip


@pytest.mark.parametrize("octets", VALID, ids=range(len(VALID)))
def test_valid(octets):
    assert refusal_of(octets) is None


@pytest.mark.parametrize(
    ("octets", "code", "detail"),
    [
        (b"", "json-empty", ""),
        (b" \t\r\n", "json-empty", ""),
        (b"\xef\xbb\xbf{}", "json-bom", ""),
        (b"\xef\xbb\xbf", "json-bom", ""),
        (b'{"a": "\xff"}', "json-encoding", ": byte 7 (0xff)."),
        (b'"\xed\xa0\x80"', "json-encoding", ": byte 1 (0xed)."),  # a surrogate in UTF-8
        (b'"\xc0\x80"', "json-encoding", ": byte 1 (0xc0)."),  # an overlong NUL
        (b'"caf\xe9"', "json-encoding", ": byte 4 (0xe9)."),
        ('{"a": 1}'.encode("utf-16-le"), "json-syntax", "line 1 column 2."),
        ('{"a": 1}'.encode("utf-16"), "json-encoding", ": byte 0 (0xff)."),
        (b"NaN", "json-constant", ": line 1 column 1."),
        (b"Infinity", "json-constant", ": line 1 column 1."),
        (b'["Infinity",\n  -Infinity]', "json-constant", ": line 2 column 3."),
        (b'{"NaN": "\\"NaN", "b":NaN}', "json-constant", ": line 1 column 22."),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "json-depth", ": line 1 column 101."),
        (b"[" * DEPTH + b"1, [2], 3" + b"]" * DEPTH, "json-depth", ": line 1 column 104."),
        (b"[" * (DEPTH - 2) + b"1, [[[2]]], 3" + b"]" * (DEPTH - 2), "json-depth", ": line 1 column 104."),
        (b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1), "json-depth", ": line 1 column 501."),
        (b'["[",' * (DEPTH + 1), "json-depth", ": line 1 column 501."),
        (b"{} {}", "json-syntax", "line 1 column 4."),
        (b"{}\0", "json-syntax", "line 1 column 3."),
        (b"{}\n\nx", "json-syntax", "line 3 column 1."),
        (b'{"a": 1,}', "json-syntax", "line 1 column"),
        (b"[1,]", "json-syntax", "line 1 column"),
        (b"[1 2]", "json-syntax", "line 1 column 4."),
        (b"{'a': 1}", "json-syntax", "line 1 column 2."),
        (b"{a: 1}", "json-syntax", "line 1 column 2."),
        (b'{"a" 1}', "json-syntax", "line 1 column 6."),
        (b'"a', "json-syntax", "the text ends within a string, line 1 column 3."),
        (b'"a\\', "json-syntax", "line 1 column 3."),
        (b'["a", "b', "json-syntax", "the text ends within a string, line 1 column 9."),
        (b"[1,\n2", "json-syntax", "the text ends where a comma or ] is expected, line 2 column 2."),
        (b'{"a":\r\n', "json-syntax", "the text ends where a value is expected, line 2 column 1."),
        (b'{"a"', "json-syntax", "the text ends where a colon is expected, line 1 column 5."),
        (b'{"a": 1 "b"}', "json-syntax", "a comma or } is expected, line 1 column 9."),
        (b'{"a": 1, 2}', "json-syntax", "a name in double quotes is expected, line 1 column 10."),
        (b'["a" "b', "json-syntax", "a comma or ] is expected, line 1 column 6."),
        (b'["a" "\\x', "json-syntax", "a comma or ] is expected, line 1 column 6."),
        (b"[1 2345", "json-syntax", "a comma or ] is expected, line 1 column 4."),
        (b"{12", "json-syntax", "a name in double quotes or } is expected, line 1 column 2."),
        (b"[1}", "json-syntax", "a comma or ] is expected, line 1 column 3."),
        (b"[}", "json-syntax", "a value or ] is expected, line 1 column 2."),
        (b"{]", "json-syntax", "a name in double quotes or } is expected, line 1 column 2."),
        (b"]", "json-syntax", "a value is expected, line 1 column 1."),
        (b"[[[1], 2], [3,]]", "json-syntax", "a value is expected, line 1 column 15."),
        ('["é\n"]'.encode(), "json-syntax", "a control character in a string, line 1 column 4."),
        (b'"a\nb"', "json-syntax", "a control character in a string, line 1 column 3."),
        (b'"a\tb"', "json-syntax", "line 1 column 3."),
        (b'"\\x41"', "json-syntax", "an escape that JSON does not know, line 1 column 2."),
        (b'"\\u12g4"', "json-syntax", "line 1 column"),
        (b"01", "json-syntax", "line 1 column 2."),
        (b"1.", "json-syntax", "line 1 column 2."),
        (b".5", "json-syntax", "line 1 column 1."),
        (b"+1", "json-syntax", "line 1 column 1."),
        (b"0x10", "json-syntax", "line 1 column 2."),
        (b"1e", "json-syntax", "line 1 column 2."),
        (b"True", "json-syntax", "line 1 column 1."),
        (b"nul", "json-syntax", "line 1 column 1."),
        (b"-NaN", "json-syntax", "line 1 column 1."),
        (b"[1] // one", "json-syntax", "line 1 column 5."),
        (b"\xc2\xa0{}", "json-syntax", "line 1 column 1."),  # NBSP is no white space of JSON
        (b"\x0c{}", "json-syntax", "line 1 column 1."),
        ("١".encode(), "json-syntax", "line 1 column 1."),
        ("1٢".encode(), "json-syntax", "line 1 column 2."),
    ],
)
def test_refused_with_its_position(octets, code, detail):
    refusal = refusal_of(octets)
    in_octets = refusal_of(*(bytes((octet,)) for octet in octets))
    assert (in_octets and in_octets.sentence) == (refusal and refusal.sentence)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.detail.endswith(detail) if detail.startswith(":") else detail in refusal.detail
    assert refusal.sentence.endswith(".")
    assert " at," not in refusal.sentence


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        pytest.param(b'"' + b"\\" * TEN_MB, "json-syntax", id="backslashes without end"),
        pytest.param(b'"' * TEN_MB, "json-syntax", id="quotes"),
        pytest.param(b'"\\"' * (TEN_MB // 3), "json-syntax", id="escaped quotes"),
        pytest.param(b"[" * TEN_MB, "json-depth", id="brackets"),
        pytest.param(b'"' + b"[" * TEN_MB, "json-syntax", id="brackets in a string without an end"),
        pytest.param(b"[]" * (TEN_MB // 2), "json-syntax", id="many texts"),
        pytest.param(b'["' + b"\\\\" * (TEN_MB // 2) + b'"]', None, id="an escaped string"),
        pytest.param(b'"' + b"a" * TEN_MB + b'"', None, id="a long string"),
        pytest.param(b"1" * TEN_MB, None, id="a long number"),
        pytest.param(b"[" + b"1," * (TEN_MB // 4) + b"NaN]", "json-constant", id="a late constant"),
        pytest.param(b" " * TEN_MB, "json-empty", id="white space"),
        pytest.param(b"[" + b"\n" * TEN_MB, "json-syntax", id="lines"),
        pytest.param(b"{" * (DEPTH - 1) + b"\\" * TEN_MB, "json-syntax", id="backslashes outside a string"),
    ],
)
@pytest.mark.timeout(10)
def test_ten_hostile_megabytes_are_judged_soon(octets, code):
    refusal = refusal_of(octets)
    assert (refusal and refusal.code) == code


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(_json, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_what_json_writes_is_valid(value, ensure_ascii, indent):
    octets = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent).encode("utf-8", "surrogatepass")
    refusal = refusal_of(octets)
    if refusal is not None:  # only for a surrogate, which UTF-8 can't hold
        assert refusal.code == "json-encoding"
        assert b"\xed" in octets


@given(st.binary(max_size=40) | _json.map(lambda value: json.dumps(value, indent=1).encode()), st.data())
def test_how_it_is_cut_makes_no_difference(octets, data):
    whole = refusal_of(octets)
    ends = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=6)))
    pieces = [octets[start:end] for start, end in zip([0, *ends], [*ends, len(octets)], strict=True)]
    for cut in (pieces, [bytes((octet,)) for octet in octets]):
        refusal = refusal_of(*cut)
        assert (refusal and refusal.sentence) == (whole and whole.sentence)


@pytest.mark.parametrize("octets", [case for case in VALID if len(case) < 200])
def test_every_cut_in_two(octets):
    for damage in (b"", b"]", b"\xff", b"x"):
        whole = refusal_of(octets + damage)
        for at in range(len(octets) + 1):
            refusal = refusal_of(octets[:at], octets[at:] + damage)
            assert (refusal and refusal.sentence) == (whole and whole.sentence)


@pytest.mark.parametrize(
    "unit", [b"[],", b'"\\n",', b'{"a": [1, {"b": 2}]},', b"[[[[[]]]]],", b"1.5e10,"], ids=str
)
def test_a_long_text_costs_one_piece_of_memory(unit):
    octets = b"[" + unit * (40 * PIECE_BYTES // len(unit)) + b"0]"
    tracemalloc.start()
    try:
        assert refusal_of(octets) is None
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024  # what re needs for a piece
    finally:
        tracemalloc.stop()


@given(_json, st.data())
def test_it_agrees_with_the_library_on_damaged_texts(value, data):
    text = json.dumps(value)
    at = data.draw(st.integers(min_value=0, max_value=len(text)))
    text = (
        text[:at]
        + data.draw(st.sampled_from(['"', "[", "]", "{", ",", "\\", "0", " ", "", "e"]))
        + text[at + 1 :]
    )
    try:
        json.loads(text)
        valid = True
    except ValueError:
        valid = False
    assert (refusal_of(text.encode()) is None) is valid
