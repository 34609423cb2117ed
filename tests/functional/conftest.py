from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.functional.live import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.live import Live


@pytest.fixture
def live(site: Path) -> Iterator[Live]:
    """A running server with four workers that serves ``site``."""
    with serving(site) as live:
        yield live
