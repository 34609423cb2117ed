"""TLS under HTTP/1.1 (RFC 9110 section 4.2.2): one context for a server, and a socket that seems a plain one.

OpenSSL comes with this module, 6 MB and some hundredths of a second, and so it is imported only by a server
that is asked for https.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from typing import TYPE_CHECKING

from server_core.sentence import Mistake

if TYPE_CHECKING:
    from pathlib import Path

# OpenSSL's names for what goes wrong in a handshake (its sslerr.h), in words.
_DISTRUST = "the client does not trust the certificate"
_OLD = "the client speaks no version of TLS from 1.2 on"
_NOT_TLS = "what the client sent is not a TLS handshake"
_REASONS = {
    "UNSUPPORTED_PROTOCOL": _OLD,
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD,
    "VERSION_TOO_LOW": _OLD,
    "NO_PROTOCOLS_AVAILABLE": _OLD,
    "NO_SHARED_CIPHER": "client and server have no cipher in common",
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "the client can't check the certificate's kind of signature",
    "TLSV1_ALERT_UNKNOWN_CA": _DISTRUST,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _DISTRUST,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the client says that the certificate has run out",
    "SSLV3_ALERT_BAD_CERTIFICATE": _DISTRUST,
    "TLSV1_UNRECOGNIZED_NAME": "the client does not find its name in the certificate",
    "WRONG_VERSION_NUMBER": _NOT_TLS,
    "UNEXPECTED_MESSAGE": _NOT_TLS,
    "BAD_LENGTH": _NOT_TLS,
    "LENGTH_MISMATCH": _NOT_TLS,
    "LENGTH_TOO_SHORT": _NOT_TLS,
}


class TlsSocket(ssl.SSLSocket):
    """A non-blocking server's end after the handshake, with the manners of a plain socket: what can't be
    done now raises BlockingIOError, what has gone wrong another OSError with an errno of the system.

    A send takes what the system takes, record by record. Where that was a part of a record, OpenSSL keeps
    the rest, and the next send must begin with the same octets: so do :class:`server_core.outgoing.Outgoing`
    and everyone who tries again what raised BlockingIOError. A recv gives one record (16 KiB) and leaves
    nothing behind that a poller would not see, for OpenSSL takes no octet of the next one from the system.
    """

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        except ssl.SSLError as error:
            # Also where it wants to write: what needs an answer is only a new handshake, which is refused,
            # and a client that asks for many without taking the refusals would be found ready for ever.
            raise _lost(error) from error

    def send(self, data: bytes | memoryview, flags: int = 0) -> int:  # type: ignore[override]  # noqa: ARG002
        """``flags`` are hints how to fill packets, which records fill their own way."""
        sent_bytes = 0
        try:
            while sent_bytes < len(data):
                sent_bytes += super().send(memoryview(data)[sent_bytes:])
        except ssl.SSLWantWriteError:
            if not sent_bytes:
                raise BlockingIOError from None
        except ssl.SSLError as error:
            raise _lost(error) from error
        return sent_bytes

    def shutdown(self, how: int) -> None:
        """Say that nothing more comes, to TLS and to TCP. What is received from then on is not decrypted."""
        self._take_leave()
        super().shutdown(how)

    def close(self) -> None:
        self._take_leave()
        super().close()

    def _take_leave(self) -> None:
        """Send close_notify (RFC 8446 section 6.1), unless that was done or the socket takes no more."""
        with contextlib.suppress(OSError, ValueError):
            self.unwrap()


def _lost(error: ssl.SSLError) -> ConnectionAbortedError:
    return ConnectionAbortedError(errno.ECONNABORTED, explain(error))


def explain(error: OSError) -> str:
    """Why a handshake or a connection failed, in words."""
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or not isinstance(error, ssl.SSLError):
        return "the client left"
    reason = error.reason or "nothing"
    return _REASONS.get(reason, f"OpenSSL says {reason.replace('_', ' ').lower()}")


def open_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What the connections of a server share. Raises ValueError with a sentence where the two can't be
    used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996: those before must not be used
    # A client could make the server calculate for ever on one connection; no browser asks for it.
    context.options |= ssl.OP_NO_RENEGOTIATION
    # A client that closes its half without a word is not one that was cut short: what a request lacks, its
    # head and its lengths tell. (Older versions of OpenSSL are of that opinion without the option.)
    context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = TlsSocket
    try:
        # Without a word about the password OpenSSL would ask for it on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        raise _explain_pair(certificate, key, error) from None
    except OSError as error:
        raise Mistake(
            "{certificate} or {key} can't be read: {why}.",
            certificate=certificate,
            key=key,
            why=error.strerror,
        ) from None
    return context


def _explain_pair(certificate: Path, key: Path, error: ssl.SSLError) -> Mistake:
    reason = error.reason or "nothing"
    if "MISMATCH" in reason or reason == "NO_CERTIFICATE_ASSIGNED":  # the latter of two kinds of key
        return Mistake(
            "The key in {key} does not belong to the certificate in {certificate}: name the two that were "
            "made together.", key=key, certificate=certificate,
        )  # fmt: skip
    if "TOO_SMALL" in reason or "TOO_WEAK" in reason:
        return Mistake(
            "The certificate in {certificate} is too weak for today's clients: get one with a key of RSA "
            "2048 or ECDSA P-256 and SHA-256.", certificate=certificate,
        )  # fmt: skip
    return Mistake(
        "{certificate} and {key} can't be used, one is damaged (OpenSSL says {reason}): save both anew.",
        certificate=certificate, key=key, reason=reason,
    )  # fmt: skip


def is_handshake(sock: socket.socket) -> bool | None:
    """Whether the first octet on a new socket, which stays there, begins a TLS handshake (RFC 8446 section
    5.1); None where the client left without one. Raises BlockingIOError where there is none yet.
    """
    first = sock.recv(1, socket.MSG_PEEK)
    return first == b"\x16" if first else None
