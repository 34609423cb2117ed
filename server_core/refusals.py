"""Every way in which a request is refused, as one table, and the exception that carries a row of it.

Whoever finds the fault raises :class:`Refusal` with the row's key;
:func:`server_core.answers.refusal_answer` makes the answer of it, :mod:`server_core.record` the log record. ``docs/HTTP.md`` is checked against
this table.
"""

from __future__ import annotations

from typing import NamedTuple

from server_core.sentence import Sentence


class Reason(NamedTuple):
    """One row: what the client is told and what becomes of the connection."""

    status: int
    sentence: str
    """What was wrong and what to do."""
    closes: bool = False
    """Whether where the next request starts is in doubt, so that the connection must end (RFC 9112 section
    6.3).
    """
    security: bool = False
    """Whether the log files it as a security record."""
    source: str = ""
    """The section that asks for it, or the attack that it stops."""


# Groups stand in the order in which a request is checked: the first fault found is the one that is answered.
REFUSALS: dict[str, Reason] = {
    # The head's octets and lines.
    "control-character": Reason(400, "The head holds a control character.", True, True, "RFC 9110 5.5"),
    "bare-cr": Reason(400, "A carriage return stands alone: lines end in CR LF.", True, True, "RFC 9112 2.2"),
    "bare-lf": Reason(400, "A line ends in LF alone: lines end in CR LF.", True, True, "RFC 9112 2.2, smuggling"),
    "request-line": Reason(
        400, "The request line is malformed: it is a method, a target and HTTP/1.1, one space apart.", True, False, "RFC 9112 3"
    ),
    "target-too-long": Reason(414, "The target is longer than 8 KiB: shorten it.", True, False, "RFC 9112 3"),
    "version": Reason(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.", True, False, "RFC 9110 15.6.6"),
    "head-too-large": Reason(431, "The head is larger than 32 KiB: send fewer or shorter fields.", True, False, "RFC 6585 5"),
    "too-many-fields": Reason(431, "The head has more than 100 fields: send fewer.", True, False, "RFC 6585 5"),
    "obs-fold": Reason(400, "A field is folded over lines: write it on one.", True, True, "RFC 9112 5.2"),
    "space-before-colon": Reason(400, "White space stands between a field's name and its colon.", True, True, "RFC 9112 5.1, smuggling"),
    "field-syntax": Reason(400, "A field line is malformed: it is a name, a colon and a value.", True, False, "RFC 9112 5"),
    "target-form": Reason(
        400, "The target is neither a path such as /index.html nor an http:// address.", True, False, "RFC 9112 3.2"
    ),
    "percent-encoding": Reason(
        400, "The target has a % that is not followed by two hexadecimal digits: write %25 for a percent sign.",
        False, False, "RFC 3986 2.1",
    ),
    # Framing: how long the body is.
    "length-and-coding": Reason(
        400, "Content-Length and Transfer-Encoding exclude each other: send one.", True, True, "RFC 9112 6.1, smuggling"
    ),
    "length-malformed": Reason(400, "Content-Length is not a whole number.", True, True, "RFC 9110 8.6, smuggling"),
    "length-differs": Reason(400, "Content-Length is given twice with different values.", True, True, "RFC 9112 6.3, smuggling"),
    "coding-malformed": Reason(400, "Transfer-Encoding is malformed: the one that is known is chunked.", True, True, "RFC 9112 6.1"),
    "coding-order": Reason(
        400, "Transfer-Encoding must name chunked once, and last.", True, True, "RFC 9112 6.1 and 6.3, smuggling"
    ),
    "coding-version": Reason(400, "HTTP/1.0 has no Transfer-Encoding: send Content-Length.", True, True, "RFC 9112 6.1, smuggling"),
    "coding-unknown": Reason(501, "Of the transfer codings only chunked is known.", True, False, "RFC 9112 6.1"),
    "chunk-syntax": Reason(400, "A chunk is malformed: it is a size in hexadecimal, CR LF, the data and CR LF.", True, True, "RFC 9112 7.1"),
    "trailer-syntax": Reason(400, "The trailer section is malformed or too large.", True, True, "RFC 9112 7.1.2"),
    "plain-http": Reason(400, "This server speaks HTTPS, and that was not.", True, False, "RFC 9110 4.2.2"),
    "incomplete": Reason(400, "The connection was closed by the client before the request was whole.", True, False, "RFC 9112 8"),
    "timeout": Reason(408, "The request did not arrive in time: send it faster.", True, False, "RFC 9110 15.5.9"),
    "expectation": Reason(417, "The only expectation that is met is 100-continue.", True, False, "RFC 9110 10.1.1"),
    # Which server is meant.
    "host-missing": Reason(400, "The Host field is missing: name the server that is meant.", True, False, "RFC 9112 3.2"),
    "host-repeated": Reason(400, "The Host field is given more than once.", True, True, "RFC 9112 3.2"),
    "host-malformed": Reason(400, "The host is malformed: it is a name or an address, and a port if need be.", True, True, "RFC 9112 3.2"),
    "host-not-allowed": Reason(
        403, "This server does not answer for that host name: ask whoever runs it to allow the name.", False, True, "DNS rebinding"
    ),
    # Who asks. The first two are told at the door, before anything is read; the others after the host was judged.
    "client-not-allowed": Reason(403, "This server is not for your network: ask whoever runs it to allow it.", True, True),
    "client-connections": Reason(429, "You have as many connections here as one client may: close some.", True, source="RFC 6585 4"),
    "client-rate": Reason(429, "You ask more often than one client may: try again a little later.", source="RFC 6585 4"),
    "password-needed": Reason(401, "A name and a password are needed here.", source="RFC 7617 2"),
    "password-wrong": Reason(401, "The name or the password is wrong.", False, True, "RFC 7617 2"),
    "password-guesses": Reason(
        429, "There were too many wrong passwords from your address: try again later.", False, True, "guessing; RFC 6585 4"
    ),
    "password-queue": Reason(503, "Too many passwords are being checked: try again in a moment.", source="RFC 9110 15.6.4"),
    # The path. The answer is the same whether or not the target exists.
    "path-encoding": Reason(403, "The path is not UTF-8.", False, True, "overlong forms, CVE-2000-0884"),
    "path-encoded-slash": Reason(403, "The path hides a slash as %2F.", False, True, "traversal"),
    "path-backslash": Reason(403, "The path has a backslash.", False, True, "traversal on Windows"),
    "path-control": Reason(403, "The path has a control character.", False, True, "NUL truncation, log forging"),
    "path-character": Reason(403, 'The path has one of the characters : * ? " < > |', False, True, "drives, streams, wildcards"),
    "path-dot-segment": Reason(403, "The path has a . or .. segment.", False, True, "traversal, CVE-2021-41773"),
    "path-empty-segment": Reason(403, "The path has an empty segment.", False, True, "UNC forms, CVE-2024-49766"),
    "path-trailing": Reason(403, "A part of the path ends in a dot or a space.", False, True, "Windows drops them"),
    "path-device": Reason(403, "A part of the path is the name of a Windows device.", False, True, "CVE-2025-66221"),
    "path-short-name": Reason(403, "A part of the path is a Windows short name (8.3).", False, True, "hidden second names"),
    "path-outside-root": Reason(403, "The path leads out of the folder that is served.", False, True, "symbolic links, junctions"),
    "path-uploads": Reason(403, "What was uploaded is not served.", False, True, "stored content"),
    "not-a-file": Reason(403, "The target is neither a file nor a folder.", False, True, "devices, FIFOs and sockets"),
    "unreadable": Reason(403, "The file can't be read: its permissions forbid it."),
    # What is asked of it.
    "method": Reason(405, "That method is not allowed here: see the Allow field.", source="RFC 9110 15.5.6"),
    "not-found": Reason(404, "There is nothing at this address.", source="RFC 9110 15.5.5"),
    "type-not-served": Reason(415, "Files of this type are not served: only .html, .txt, .png, .jpg and .jpeg are."),
    "precondition": Reason(412, "The file has changed, or is not the one that was asked for.", source="RFC 9110 13.2.2"),
    "archive-too-large": Reason(403, "The folder has more files and folders than one zip may have: get its folders one by one."),
    "range": Reason(416, "The range lies outside the file.", source="RFC 9110 15.5.17"),
    # Uploads.
    "type-not-accepted": Reason(415, "Uploads must be of Content-Type: application/json.", source="RFC 9110 15.5.16"),
    "content-coding": Reason(415, "Uploads must not be compressed: leave Content-Encoding out.", source="RFC 9110 8.4"),
    "length-required": Reason(411, "The length is missing: send Content-Length, or Transfer-Encoding: chunked.", True, False, "RFC 9110 15.5.12"),
    "partial-content": Reason(
        400, "Parts of files are not taken: send the whole file, without Content-Range.", False, False, "RFC 9110 14.5"
    ),
    "body-too-large": Reason(413, "The body is larger than this server accepts.", True, False, "RFC 9110 15.5.14"),
    "cross-origin": Reason(
        403, "A page of another site may not send files here: open this server's own page.", False, True, "cross-site request forgery"
    ),
    "file-name-missing": Reason(400, "The file's name is missing: send it to /upload/ followed by its name, without folders."),
    "file-name": Reason(403, "No file can be saved under this name"),
    "disk-room": Reason(507, "The server's disk has too little room for this file: make room, or send a smaller one.", False, False, "RFC 4918 11.5"),
    "json-empty": Reason(400, "The body is empty", source="RFC 8259 2"),
    "json-encoding": Reason(400, "The body is not UTF-8", source="RFC 8259 8.1"),
    "json-bom": Reason(400, "The body begins with a byte order mark", source="RFC 8259 8.1"),
    "json-syntax": Reason(400, "The body is not valid JSON", source="RFC 8259 2"),
    "json-constant": Reason(400, "NaN and Infinity are not JSON", source="RFC 8259 6"),
    "json-depth": Reason(400, "The JSON is nested more than 100 deep", source="RFC 8259 9"),
    "disk-full": Reason(507, "The disk is full: nothing was saved. Make room and send it again.", source="RFC 4918 11.5"),
    "not-saved": Reason(500, "The upload could not be saved: the uploads folder can't be written to."),
    # The server's own state.
    "internal": Reason(500, "Something went wrong on the server; its log says what.", True),
    "out-of-resources": Reason(503, "The server is out of descriptors or memory: try again in a moment."),
    "too-many-uploads": Reason(
        503, "The uploads that are under way fill the room that there is for them: try again in a moment.", True, False,
        "RFC 9110 15.6.4",
    ),
    "too-many-archives": Reason(
        503, "The folders that are sent as zip fill the room that there is for them: try again in a moment.", source="RFC 9110 15.6.4"
    ),
    "queue-full": Reason(503, "All workers are busy and the queue is full: try again in a moment.", True, source="RFC 9110 15.6.4"),
    "too-many-connections": Reason(503, "The server has as many connections as it may: try again in a moment.", True),
}  # fmt: skip


class Refusal(Exception):
    """A request that is refused: a row of :data:`REFUSALS`, what is special about this one, and fields that
    the answer needs.
    """

    def __init__(self, code: str, detail: str = "", fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.reason = REFUSALS[code]
        self.detail = detail
        self.fields = fields

    @property
    def sentence(self) -> str:
        """For the answer's body and the log."""
        if not self.detail:
            return self.reason.sentence
        return Sentence("{sentence}{detail}", sentence=Sentence(self.reason.sentence), detail=self.detail)
