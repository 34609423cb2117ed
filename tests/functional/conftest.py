from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional import live as module
from tests.functional.live import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server_core.self_signed import Pair
    from tests.functional.live import Live


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate for the loopback, and its key."""
    self_signed = pytest.importorskip("server_core.self_signed", reason="cryptography is not installed")
    names = ["localhost", "127.0.0.1", "[::1]"]
    made: Pair = self_signed.ensure(tmp_path_factory.mktemp("https"), names)
    return made


@pytest.fixture(autouse=True)
def scheme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the servers speak: plain HTTP, unless a module asks for ``BOTH_SCHEMES`` or a test for another."""
    scheme = getattr(request, "param", "http")
    if scheme == "https":
        pair = request.getfixturevalue("pair")
        texts = {"tls_cert": str(pair.certificate), "tls_key": str(pair.key)}
        monkeypatch.setattr(module, "ALWAYS", texts)
    return scheme


@pytest.fixture
def live(site: Path) -> Iterator[Live]:
    """A running server with four workers that serves ``site``."""
    with serving(site) as live:
        yield live
