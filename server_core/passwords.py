"""Passwords as scrypt hashes (RFC 7914), in the PHC string format: ``$scrypt$ln=14,r=8,p=5$salt$key``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from typing import NamedTuple

from server_core.sentence import Mistake

# What makes each guess dear: 16 MiB and, on a computer of today, 0.1 to 0.2 s. N = 2^14, r = 8, p = 5 is one
# of the settings that OWASP's Password Storage Cheat Sheet calls equally strong, and takes little memory.
# That long the first request with a password holds its worker; the interpreter is free meanwhile.
COST_LOG2 = 14
BLOCK_SIZE = 8
PARALLEL = 5
# The longest password: beyond the 64 characters that NIST SP 800-63B asks for, and short for the network.
PASSWORD_CHARACTERS = 256
# The shortest password, as NIST SP 800-63B and OWASP ask for.
SHORTEST_PASSWORD_CHARACTERS = 8

_SALT_BYTES = 16
_KEY_BYTES = 32
# The costliest hash that a file may hold: 256 MiB, and some two seconds.
_MEMORY_BYTES = 256 * 1024 * 1024
_WORK_BYTES = 4 * _MEMORY_BYTES
_BASE64 = "[A-Za-z0-9+/]"
_HASH = re.compile(
    rf"\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]?),p=([1-9][0-9]?)\$({_BASE64}{{11,86}})\$({_BASE64}{{22,86}})"
)


class PasswordHash(NamedTuple):
    """What is kept of a password."""

    cost_log2: int
    block_size: int
    parallel: int
    salt: bytes
    key: bytes

    @classmethod
    def of_none(cls) -> PasswordHash:
        """One that costs what any does and that no password matches."""
        salt, key = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_KEY_BYTES)
        return cls(COST_LOG2, BLOCK_SIZE, PARALLEL, salt, key)

    @classmethod
    def of(cls, password: str) -> PasswordHash:
        """The hash of ``password`` under a salt of its own. Takes some tenths of a second."""
        blank = cls.of_none()
        return blank._replace(key=blank.derive(password))

    @classmethod
    def read(cls, text: str) -> PasswordHash | None:
        """What :meth:`__str__` wrote, or None where ``text`` is no such thing, or too dear to check."""
        found = _HASH.fullmatch(text)
        if not found:
            return None
        cost_log2, block_size, parallel = map(int, found.groups()[:3])
        memory_bytes = 128 * block_size << cost_log2
        if memory_bytes > _MEMORY_BYTES or memory_bytes * parallel > _WORK_BYTES:
            return None
        try:
            salt, key = map(_from_base64, found.groups()[3:])
        except ValueError:
            return None
        return cls(cost_log2, block_size, parallel, salt, key)

    def __str__(self) -> str:
        costs = f"ln={self.cost_log2},r={self.block_size},p={self.parallel}"
        return f"$scrypt${costs}${_to_base64(self.salt)}${_to_base64(self.key)}"

    def matches(self, password: str) -> bool:
        """Whether ``password`` is the one; as long as :meth:`of` takes, whichever it is."""
        return hmac.compare_digest(self.derive(password), self.key)

    def derive(self, password: str) -> bytes:
        """The key that ``password`` has at this cost and with this salt."""
        return hashlib.scrypt(
            normalise(password).encode(),
            salt=self.salt,
            n=1 << self.cost_log2,
            r=self.block_size,
            p=self.parallel,
            maxmem=2 * _MEMORY_BYTES,
            dklen=len(self.key),
        )


def normalise(text: str) -> str:
    """Names and passwords in one form: systems send ``é`` as one character or as two (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", text)


def check_password(password: str) -> None:
    """Raises ValueError with a sentence where ``password`` can't be one."""
    if len(normalise(password)) < SHORTEST_PASSWORD_CHARACTERS:
        raise Mistake(
            "A password has at least {least} characters: choose a longer one.",
            least=SHORTEST_PASSWORD_CHARACTERS,
        )
    if len(normalise(password)) > PASSWORD_CHARACTERS:
        raise Mistake(
            "A password has at most {most} characters: choose a shorter one.", most=PASSWORD_CHARACTERS
        )
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in password):
        raise Mistake("A password has no control characters: choose one that can be typed.")


def _to_base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii").rstrip("=")


def _from_base64(text: str) -> bytes:
    """Raises ValueError where ``text`` has a length that no octets have."""
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
