"""Who a server is over TLS: its certificate, and what its connections share; renewed while it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core import events
from server_core.certificates import check_dates, check_key, read_certificate
from server_core.errors import ConfigError
from server_core.own_names import own_names
from server_core.places import settings_folder
from server_core.sentence import Mistake
from server_core.tls import open_context
from server_core.watch import Watch

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from server_core.certificates import Certificate
    from server_core.config import Config

# Where in the person's settings the certificate is that is made here.
OWN_FOLDER = "https"


class Identity:
    """A certificate and its key, as their files were when they last belonged together. Any thread."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises ValueError with a sentence where the two can't be used."""
        self._files = certificate, key
        self._watch = Watch(certificate, key)
        self.certificate, self._context = self._read()

    def context(self, log: Callable[[str, str, str], None]) -> ssl.SSLContext:
        """For a new connection. ``log`` takes level, kind and message: of another pair, or of one that can't
        be used, while which the former one serves on.
        """
        self._watch.look(lambda: self._renew(log))
        return self._context

    def _renew(self, log: Callable[[str, str, str], None]) -> None:
        try:
            check_key(self._files[1])
            self.certificate, self._context = self._read()
        except ValueError as error:
            log(events.WARNING, events.LIFECYCLE, f"{error} Until then the certificate from before is used.")
        else:
            log(events.INFO, events.LIFECYCLE, f"another certificate is used: {self.sentence}")

    def _read(self) -> tuple[Certificate, ssl.SSLContext]:
        certificate = read_certificate(self._files[0])
        check_dates(certificate)
        return certificate, open_context(*self._files)

    @property
    def sentence(self) -> str:
        return (
            f"the certificate is valid until {self.certificate.ends:%Y-%m-%d}, "
            f"its SHA-256 fingerprint is {self.certificate.fingerprint}"
        )


def open_identity(config: Config) -> Identity:
    """That of a server that speaks https, made where that is asked for. Raises ConfigError."""
    setting = "tls_self_signed" if config.tls_self_signed else "tls_cert"
    try:
        certificate, key = _make_own(config) if config.tls_self_signed else (config.tls_cert, config.tls_key)
        assert certificate is not None
        assert key is not None
        return Identity(certificate, key)
    except ValueError as error:
        raise ConfigError.of(setting, str(error)) from None


def _make_own(config: Config) -> tuple[Path, Path]:
    try:
        from server_core.self_signed import ensure  # a library that only this needs
    except ImportError:
        raise Mistake(
            "To make a certificate the library cryptography is needed: install it with `python -m pip "
            "install cryptography`, or name a certificate of your own."
        ) from None
    folder = settings_folder() / OWN_FOLDER
    try:
        return ensure(folder, own_names(config.host, config.allow_hosts))
    except OSError as error:
        raise Mistake(
            "The certificate can't be kept in {folder}: {why}.", folder=folder, why=error.strerror
        ) from None
