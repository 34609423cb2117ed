"""Which coding a client prefers: RFC 9110 sections 8.4.1 and 12.5.3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.precompressed import wanted_codings


@pytest.mark.parametrize(
    ("accept_encoding", "codings"),
    [
        ("", ()),
        ("br", ("br",)),
        ("gzip", ("gzip",)),
        ("x-gzip", ("gzip",)),
        ("GZIP, Br", ("br", "gzip")),
        ("gzip, deflate, br, zstd", ("br", "gzip")),  # browsers
        ("gzip, br;q=0.9", ("gzip", "br")),
        ("gzip;q=0.5, br;q=0.5", ("br", "gzip")),
        ("gzip;q=0.001", ("gzip",)),
        ("gzip;q=0", ()),
        ("br;q=0, gzip", ("gzip",)),
        ("*", ("br", "gzip")),
        ("*;q=0", ()),
        ("gzip, *;q=0", ("gzip",)),
        ("br;q=0, *", ("gzip",)),
        ("*;q=0.5, gzip;q=0.8", ("gzip", "br")),
        ("x-gzip;q=0, *", ("br",)),
        # as it is, if that is preferred
        ("identity", ()),
        ("identity, br;q=0.5", ()),
        ("identity;q=0.5, br;q=0.6, gzip;q=0.4", ("br",)),
        ("identity, br", ("br",)),
        ("identity;q=0", ()),
        ("identity;q=0, gzip;q=0.1", ("gzip",)),
        # what is malformed counts for nothing
        ("gzip;q=2, br;q=x", ()),
        ("deflate, zstd", ()),
    ],
)
def test_the_coding(accept_encoding, codings):
    assert wanted_codings(accept_encoding) == codings


@given(st.dictionaries(st.sampled_from(["br", "gzip", "identity", "*"]), st.integers(0, 1000), min_size=1))
def test_never_what_is_refused_nor_what_is_liked_less(members):
    value = ",".join(f"{coding};q={weight / 1000:.3f}" for coding, weight in members.items())
    others = members.get("*", 0)
    weight_of = [members.get(coding, others) for coding in wanted_codings(value)]
    assert all(weight_of)
    assert weight_of == sorted(weight_of, reverse=True)
    assert all(weight >= members.get("identity", others) for weight in weight_of)
