"""A request as a line that repeats it: for curl in a POSIX shell, and for Windows PowerShell 5.1 or later.

What came from the network is quoted so that no shell takes any of it for a command and no terminal for a
control sequence. Without Qt.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from server_core.log_format import escape

if TYPE_CHECKING:
    from server_core.events import Event

Field = tuple[str, str]

# What curl and Invoke-WebRequest work out for themselves.
_FRAMING = {"content-length", "transfer-encoding", "expect"}
_CURL_SENDS = ("Accept", "User-Agent")
# No percent coding that a client would undo, no empty segment, no "." and "..": clients mend those.
_PLAIN_TARGET = re.compile(
    r"(?!.*//)(?!.*/\.{1,2}(?:[/?]|$))/(?:[A-Za-z0-9/_~.,=&?+-]|%(?:20|[89A-F][0-9A-F]))*"
)
# What -Headers of Invoke-WebRequest takes in every version; the rest goes out byte for byte.
_CMDLET_FIELDS = re.compile(
    r"accept|accept-language|cache-control|dnt|if-(none-)?match|if-range|origin|pragma|"
    r"sec-[a-z-]+|upgrade-insecure-requests|x-[a-z0-9-]+",
    re.IGNORECASE,
)
_CMDLET_METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}
_CMDLET_SETS = {"user-agent": "-UserAgent", "content-type": "-ContentType"}
_CMDLET_KNOWS = {"connection", "accept-encoding"} | _FRAMING
_CMDLET_NAMES = _CMDLET_KNOWS | set(_CMDLET_SETS)
# PowerShell takes the typographic single quotes for plain ones.
_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
_LATIN_1 = 28591


class Repeat(NamedTuple):
    """A request to send again. Texts from the network are Latin-1: a character for each octet."""

    url: str
    """Where the server answers, as ``http://127.0.0.1:8080/``."""
    method: str
    target: str
    fields: tuple[Field, ...] = ()
    body: bytes | Path = b""
    """Its octets, or the file that holds them."""
    version: str = "HTTP/1.1"

    @property
    def authority(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def is_secure(self) -> bool:
        return self.url.startswith("https:")

    @property
    def is_plain(self) -> bool:
        """Whether an ordinary client leaves the target as it is."""
        return bool(_PLAIN_TARGET.fullmatch(self.target))


def repeat_of(event: Event, url: str, body: bytes | Path = b"") -> Repeat | None:
    """The request of a log row, to be sent to ``url``; None where the row is of none that could be read."""
    if not event.method or not event.target:
        return None
    lines = event.request_head.decode("latin-1").split("\r\n")[1:]
    named = [line.partition(":") for line in lines if ":" in line]
    fields = tuple((name, value.strip(" \t")) for name, _, value in named)
    return Repeat(url, event.method, event.target, fields, body, event.version or "HTTP/1.1")


def upload_of(url: str, file: Path) -> Repeat:
    """The upload of a JSON file."""
    fields = (("Host", urlsplit(url).netloc), ("Content-Type", "application/json"))
    return Repeat(url, "POST", "/upload", fields, file)


# --- curl ---


def curl(request: Repeat) -> str:
    """One line for a POSIX shell (bash, zsh, Git Bash); nothing in it depends on the folder it runs in."""
    words = ["curl", "-i"]
    if request.is_secure:
        words.append("-k")  # the server's own: who answers is known, whatever its certificate says
    if request.version == "HTTP/1.0":
        words.append("--http1.0")
    if request.method != ("POST" if request.body else "GET"):
        words += ["--head"] if request.method == "HEAD" else ["-X", posix_quoted(request.method)]
    given = {name.lower() for name, _ in request.fields}
    for name, value in request.fields:
        if name.lower() in _FRAMING or (name.lower(), value) == ("host", request.authority):
            continue
        # An empty value is written with a semicolon; with a colon curl would leave the field out.
        words += ["-H", posix_quoted(f"{name}: {value}" if value else f"{name};")]
    for name in _CURL_SENDS:
        if request.fields and name.lower() not in given:
            words += ["-H", posix_quoted(f"{name}:")]
    if isinstance(request.body, Path):
        words += ["--data-binary", posix_quoted(f"@{request.body}", "utf-8")]
    elif request.body:
        words += ["--data-binary", posix_quoted(request.body.decode("latin-1"))]
    if request.is_plain:
        words.append(posix_quoted(request.url.rstrip("/") + request.target))
    else:
        words += ["--request-target", posix_quoted(request.target), posix_quoted(request.url)]
    return " ".join(words)


def posix_quoted(text: str, encoding: str = "latin-1") -> str:
    """``text`` as one word of a POSIX shell; its characters stand for octets in ``encoding``."""
    octets = text.encode(encoding, "surrogateescape")
    if octets.isascii() and escape(text) == text:
        return text if re.fullmatch(r"[A-Za-z0-9@%+:,./_-]+", text) else f"'{_close_quotes(text)}'"
    try:
        readable = octets.decode("utf-8")
    except UnicodeDecodeError:
        readable = ""
    if readable and escape(readable) == readable:
        return f"'{_close_quotes(readable)}'"
    return "$'" + "".join(map(_ansi_c, octets)) + "'"


def _close_quotes(text: str) -> str:
    return text.replace("'", "'\\''")


def _ansi_c(octet: int) -> str:
    return chr(octet) if 0x20 <= octet < 0x7F and octet not in b"'\\" else f"\\x{octet:02x}"


# --- PowerShell ---


def powershell(request: Repeat) -> str:
    """One line: ``Invoke-WebRequest`` where that sends the very request, else its octets over a socket."""
    return _cmdlet(request) if _suits_cmdlet(request) else _over_socket(request)


def _suits_cmdlet(request: Repeat) -> bool:
    names = [name.lower() for name, value in request.fields if (name.lower(), value) != _own_host(request)]
    return (
        request.is_plain
        and not request.is_secure  # Windows PowerShell 5.1 takes no certificate that was made here
        and request.version == "HTTP/1.1"
        and request.method in _CMDLET_METHODS
        and not (request.body and request.method in {"GET", "HEAD"})
        and len(set(names)) == len(names)
        and all(name in _CMDLET_NAMES or _CMDLET_FIELDS.fullmatch(name) for name in names)
        and all(value and value.isascii() for _, value in request.fields)
    )  # fmt: skip


def _own_host(request: Repeat) -> Field:
    return ("host", request.authority)


def _cmdlet(request: Repeat) -> str:
    words = ["Invoke-WebRequest", "-UseBasicParsing"]
    if request.method != "GET":
        words += ["-Method", request.method]
    table = []
    for name, value in request.fields:
        lower = name.lower()
        if lower in _CMDLET_SETS:
            words += [_CMDLET_SETS[lower], powershell_quoted(value)]
        elif lower not in _CMDLET_KNOWS and lower != "host":
            table.append(f"{powershell_quoted(name)} = {powershell_quoted(value)}")
    if table:
        words += ["-Headers", f"@{{ {'; '.join(table)} }}"]
    if request.body:
        words += ["-Body", f"({_octets(request.body)})"]
    words += ["-Uri", powershell_quoted(request.url.rstrip("/") + request.target)]
    return " ".join(words)


def _over_socket(request: Repeat) -> str:
    where = urlsplit(request.url)
    kept = [(name, value) for name, value in request.fields if name.lower() not in _FRAMING | {"connection"}]
    lines = [
        f"{request.method} {request.target} {request.version}",
        *(f"{name}: {value}" for name, value in kept),
    ]
    words = [*map(powershell_quoted, [*lines, "Connection: close"])]
    steps = []
    if request.body:
        steps.append(f"$d = {_octets(request.body)}")
        words.append('"Content-Length: $($d.Length)"')
    elif request.method == "POST":
        words.append("'Content-Length: 0'")
    head = ", ".join([*words, "''", "''"])
    steps += [
        f"$c = [Net.Sockets.TcpClient]::new({powershell_quoted(where.hostname or '')}, {where.port or 80})",
        "$s = $c.GetStream()",
        *_secure(request, where.hostname or ""),
        f'$b = [Text.Encoding]::GetEncoding({_LATIN_1}).GetBytes((({head}) -join "`r`n"))',
        "$s.Write($b, 0, $b.Length)",
    ]
    if request.body:
        steps.append("$s.Write($d, 0, $d.Length)")
    reader = f"[IO.StreamReader]::new($s, [Text.Encoding]::GetEncoding({_LATIN_1}))"
    steps += [f"{reader}.ReadToEnd()", "$c.Close()"]
    return "; ".join(steps)


def _secure(request: Repeat, host: str) -> list[str]:
    if not request.is_secure:
        return []
    return [
        "$s = [Net.Security.SslStream]::new($s, $false, { $true })",
        f"$s.AuthenticateAsClient({powershell_quoted(host)}, $null, 'Tls12', $false)",
    ]


def _octets(body: bytes | Path) -> str:
    if isinstance(body, Path):
        return f"[IO.File]::ReadAllBytes({powershell_quoted(str(body))})"
    text = powershell_quoted(body.decode("latin-1"))
    return f"[Text.Encoding]::GetEncoding({_LATIN_1}).GetBytes({text})"


def powershell_quoted(text: str) -> str:
    """``text`` as one expression of PowerShell that is a string; unsafe characters in percent coding."""
    if escape(text) == text:
        return "'" + _QUOTES.sub(r"\1\1", text) + "'"
    coded = quote(text.encode("utf-8", "replace"), safe=' !#$&()*+,/:;=?@[]{}|<>^`"~\\')
    return f"[Uri]::UnescapeDataString('{coded}')"
