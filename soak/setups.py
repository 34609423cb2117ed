"""How the server is set up for chaos, and which clients come then: a table."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

from soak.guests import GUESTS
from soak.identities import Identities
from soak.program import PROJECT
from soak.tls_guests import TLS_GUESTS
from soak.tls_vandals import TLS_VANDALS
from soak.vandals import VANDALS
from soak.website_guests import EXTRA, FRIEND, WEBSITE_GUESTS
from soak.website_vandals import CONNECTIONS, RATE_PER_S, WEBSITE_VANDALS

if TYPE_CHECKING:
    from pathlib import Path

    from soak.visitor import Row

LOGIN = "guest:correct horse battery"


class Setup(NamedTuple):
    sentence: str
    """What it is, for the page."""
    guests: dict[str, Row]
    vandals: dict[str, Row]
    is_secure: bool = False
    switches: tuple[str, ...] = ()
    login: str = ""
    """``name:password`` where one is asked for."""

    @property
    def passing_threads(self) -> int:
        """A password is checked in a thread of its own, one at a time."""
        return 1 if self.login else 0

    def options(self, python: str, work: Path) -> list[str]:
        """The server's arguments; the files that they name are made in ``work``."""
        options = list(self.switches)
        if self.is_secure:
            identities = Identities(work / "https")
            identities.make()
            options += ["--tls-cert", str(identities.certificate), "--tls-key", str(identities.key)]
        if self.login:
            name, _, password = self.login.partition(":")
            users = ["--users", str(work / "users")]
            command = [python, str(PROJECT / "server.py"), *users, "--add-user", name]
            subprocess.run(command, input=f"{password}\n", text=True, check=True, capture_output=True)
            options += users
        return options


SETUPS: dict[str, Setup] = {
    "standard": Setup("its defaults", GUESTS, VANDALS),
    "https": Setup(
        "its defaults over HTTPS, the certificate renewed each four seconds",
        {**GUESTS, **TLS_GUESTS},
        {**VANDALS, **TLS_VANDALS},
        is_secure=True,
    ),
    "website": Setup(
        "the Website profile over HTTPS, every switch on, the certificate renewed each four seconds",
        {**GUESTS, **TLS_GUESTS, **WEBSITE_GUESTS},
        {**VANDALS, **TLS_VANDALS, **WEBSITE_VANDALS},
        is_secure=True,
        switches=(
            "--profile", "website", "--listing", "--spa", "--clean-urls", "--precompressed",
            "--receive-files", "--min-free", "0", "--cors", FRIEND, "--header", ": ".join(EXTRA),
            "--cache", "revalidate", "--allow-client", "127.0.0.0/8", "--deny-client", "127.0.6.0/24",
            "--max-client-rate", str(RATE_PER_S), "--max-client-connections", str(CONNECTIONS),
        ),
        login=LOGIN,
    ),
}  # fmt: skip
