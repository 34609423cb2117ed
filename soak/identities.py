"""Certificates with their keys, of which one after the other takes its place at the server, as certbot would
have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.self_signed import ensure
from soak.site import replace

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 12
EVERY_S = 4.0
# A second until the server looks, and the patience of a busy machine. Of so many seconds' editions there must
# be fewer than there are pairs.
COUNTS_WITHIN_S = 20.0


class Identities:
    """So many pairs in ``folder``, and the two files that the server reads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate = folder / "fullchain.pem"
        self.key = folder / "privkey.pem"

    def make(self) -> None:
        for number in range(COUNT):
            ensure(self._folder / f"{number}", ["localhost", "127.0.0.1"])
        self.use(0)

    @property
    def certificates(self) -> list[Path]:
        return [self._folder / f"{number}" / "certificate.pem" for number in range(COUNT)]

    def use(self, edition: int) -> None:
        """Put a pair in the place of the one before: the key, and then what belongs to it."""
        pair = self._folder / f"{edition % COUNT}"
        for file, name in ((self.key, "key.pem"), (self.certificate, "certificate.pem")):
            replace(file, (pair / name).read_bytes())
