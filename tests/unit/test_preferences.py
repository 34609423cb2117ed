"""Lists with weights: RFC 9110 sections 12.4.2, 12.5.1 and 12.5.3."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.preferences import media_weight, weights


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {}),
        (" , ,", {}),
        ("gzip", {"gzip": 1000}),
        ("GZip, BR", {"gzip": 1000, "br": 1000}),
        ("gzip;q=0", {"gzip": 0}),
        ("gzip;q=0.", {"gzip": 0}),
        ("gzip;q=0.5", {"gzip": 500}),
        ("gzip;q=0.05", {"gzip": 50}),
        ("gzip;q=0.001", {"gzip": 1}),
        ("gzip;q=1.000", {"gzip": 1000}),
        ("gzip \t;\t Q=0.25 ,br", {"gzip": 250, "br": 1000}),
        ("*;q=0.1", {"*": 100}),
        # 12.5.1: a browser's navigation, and parameters of the media type itself
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            {"text/html": 1000, "application/xhtml+xml": 1000, "application/xml": 900, "*/*": 800},
        ),
        ("text/html;level=1;q=0.4", {"text/html": 400}),
        ('text/html;a="b";q=0.4', {"text/html": 400}),
        ("text/html;q=0.4, text/html;level=1", {"text/html": 1000}),
        # what is no member is passed over
        ("gzip;q=2, br", {"br": 1000}),
        ("gzip;q=1.001, br;q=-1, x;q=, y;q=.5, z;q=0.1234", {}),
        ("gzip;q=0\u0665, br", {"br": 1000}),
        ("g zip, te xt/html, a/b/c, /, a/, br", {"br": 1000}),
    ],
)
def test_weights(value, expected):
    assert weights(value) == expected


@given(st.text(st.sampled_from('abq=.;,/*"\\ \t01') | st.characters(max_codepoint=255), max_size=60))
def test_any_text_is_read(value):
    found = weights(value)
    assert all(0 <= weight <= 1000 for weight in found.values())
    assert all(what == what.lower() and not set(what) & set(' \t,;="') for what in found)


@given(
    st.dictionaries(
        st.text(st.sampled_from("abcdefgh-*"), min_size=1, max_size=6), st.integers(0, 1000), max_size=8
    ),
    st.sampled_from([",", ", ", " ,\t", ",,"]),
)
def test_what_is_written_is_read_again(members, comma):
    assert weights(comma.join(f"{what};q={weight / 1000:.3f}" for what, weight in members.items())) == members


@pytest.mark.parametrize("piece", ["; ", '"\\', "a;q=", " \t", ",", "a;b;"])
def test_the_longest_field_takes_no_time(piece):
    """32 KiB of what makes a careless pattern go back and forth."""
    started_s = time.process_time()
    weights("a" + piece * (32 * 1024 // len(piece)) + "\x01")
    assert time.process_time() - started_s < 5


@pytest.mark.parametrize(
    ("accept", "html", "json"),
    [
        ("", 1000, 1000),
        ("*/*", 1000, 1000),
        ("application/json", 0, 1000),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 1000, 800),
        ("application/json;q=0.2, application/*;q=0.9, */*;q=0.5", 500, 200),
        ("text/*;q=0.3, text/html;q=0", 0, 0),
    ],
)
def test_the_most_specific_range_counts(accept, html, json):
    accepted = weights(accept)
    assert (media_weight(accepted, "text/html"), media_weight(accepted, "application/json")) == (html, json)
