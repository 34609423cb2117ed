"""Answers: status, fields and content, and the octets of their heads (RFC 9112 section 4)."""

from __future__ import annotations

import html
import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from server_core.files import File
    from server_core.refusals import Refusal

    Blocks = Generator[bytes, None, None]
    """Content that is made while it is sent, in blocks of some 256 KiB at most. It takes no more than a
    moment to make one, raises TruncatedError where the promised length can't be kept, and gives back what it
    holds when it is closed.
    """

SERVER = "Multi-threaded HTTP Server"
# Seconds after which a client that was told to come back may.
RETRY_AFTER_S = 1

_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    416: "Range Not Satisfiable",
}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{status} {phrase}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1.25rem }}
h1 {{ font-size: 1.5rem }}
small {{ opacity: .7 }}
</style>
</head>
<body>
<h1>{status} {phrase}</h1>
<p>{sentence}</p>
<p><small>{code}</small></p>
</body>
</html>
"""


class Answer:
    """One answer. May be shared between requests, so nobody changes it.

    Its content is ``body``, or where ``file`` is set ``length`` octets of that from ``start`` on, or where
    ``blocks`` is, what that yields each time it is called: ``length`` octets in all.
    """

    __slots__ = ("blocks", "body", "code", "file", "length", "message", "opening", "start", "status")

    def __init__(
        self,
        status: int,
        fields: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        *,
        length: int | None = None,
        file: File | None = None,
        start: int = 0,
        blocks: Callable[[], Blocks] | None = None,
        code: str = "",
        message: str = "",
    ) -> None:
        self.status = status
        self.body = body
        self.file = file
        self.start = start
        self.blocks = blocks
        self.length = len(body) if length is None else length
        self.code = code
        """For the log: a key of REFUSALS, or empty."""
        self.message = message
        lines = [
            f"HTTP/1.1 {status} {_PHRASES[status]}",
            f"Server: {SERVER}",
            f"Content-Length: {self.length}",
        ]
        lines += [f"{name}: {value}" for name, value in fields]
        self.opening = ("\r\n".join(lines) + "\r\n").encode("latin-1")
        """The head without the date and the field lines of every answer (Service.field_lines)."""


def refusal_answer(
    refusal: Refusal, method: str, told_in_json: frozenset[str] = frozenset({"POST"})
) -> Answer:
    """What a refused client is told: JSON where ``method`` is one of ``told_in_json``, else a page. The one
    place in which refusals become answers.
    """
    status, phrase = refusal.reason.status, _PHRASES[refusal.reason.status]
    fields = refusal.fields
    if status in {429, 503} and not any(name == "Retry-After" for name, _ in fields):
        fields = (*fields, ("Retry-After", str(RETRY_AFTER_S)))
    if method in told_in_json:
        text = (
            json.dumps(
                {"status": "error", "reason": refusal.code, "message": refusal.sentence}, ensure_ascii=False
            )
            + "\n"
        )
        media_type = "application/json"
    else:
        sentence = html.escape(refusal.sentence)
        text = _PAGE.format(status=status, phrase=phrase, sentence=sentence, code=refusal.code)
        media_type = "text/html; charset=utf-8"
    return Answer(
        status,
        (("Content-Type", media_type), *fields),
        text.encode(),
        code=refusal.code,
        message=refusal.sentence,
    )


def attachment(name: str) -> str:
    """The Content-Disposition that has a browser save a file as ``name`` (RFC 6266): in plain ASCII where
    that says it all, with ``filename*`` (RFC 8187) beside a readable stand-in where it does not.
    """
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\%' else "_" for letter in name)
    value = f'attachment; filename="{plain}"'
    if plain != name:
        # RFC 8187 section 3.2.1, attr-char.
        value += "; filename*=UTF-8''" + quote(name, safe="!#$&+-.^_`|~")
    return value
