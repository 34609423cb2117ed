"""What must hold of paths, hosts and the entries of the list of allowed hosts."""

from __future__ import annotations

import ipaddress
import ntpath
import posixpath
import re
from urllib.parse import quote, unquote

from server_core import hosts, paths
from server_core.refusals import Refusal
from server_core.sentence import Mistake
from tests.fuzz.attempt import attempt


def check_path(data: bytes) -> None:
    path = "/" + "".join(
        chr(octet) if 0x21 <= octet <= 0x7E and octet not in b"?#" else f"%{octet:02X}" for octet in data
    )
    found = attempt(paths.file_path, path)
    if isinstance(found, Refusal):
        assert found.code.startswith("path-") or found.code == "percent-encoding"
        assert not _is_harmless(data), "a plain path was refused"
        return
    segments = found.segments
    for segment in segments:
        assert segment not in {"", ".", ".."}
        assert not set(segment) & set('/\\:*?"<>|\x7f')
        assert min(segment) >= " "
        assert segment[-1] not in ". "
        assert not _is_device(segment)
    assert ntpath.normpath(ntpath.join("C:\\root", *segments)).split("\\") == ["C:", "root", *segments]
    assert posixpath.normpath(posixpath.join("/root", *segments)).split("/") == ["", "root", *segments]
    assert segments[:1] != ("uploads",)
    text = "/" + "/".join(segments) + ("/" if found.is_folder and segments else "")
    assert text == unquote(path, errors="strict"), "it names something else"
    assert paths.file_path(quote(text)) == found, "encoded once more, it names something else"


def _is_harmless(data: bytes) -> bool:
    """Whether it is made of long words that mean nothing anywhere."""
    return data[:7] != b"uploads" and bool(
        re.fullmatch(rb"[a-z0-9_-]{5,}(/[a-z0-9_-]{5,})*(\.(html|txt|png))?", data)
    )


def _is_device(segment: str) -> bool:
    stem = re.split("[.:]", segment)[0].rstrip(" ").upper()
    return stem in {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"} or (
        stem[:3] in {"COM", "LPT"} and stem[3:] in set("0123456789\u00b9\u00b2\u00b3")
    )


# ---- hosts ----


def check_host(data: bytes) -> None:
    text = data.decode("latin-1")
    host = hosts.parse_host(text)
    if host is None:
        assert not re.fullmatch(r"[a-z]{1,20}(\.[a-z]{1,20}){0,5}(:[0-9]{0,4})?", text), (
            "a plain name was refused"
        )
        return
    assert renders_back(host)
    assert host.port is None or 0 <= host.port <= 65535
    address, _, port = text.rpartition(":") if re.search(r"(?<![:\[]):[0-9]*\Z", text) else (text, "", "")
    assert port in {"", str(host.port).zfill(len(port))}
    if text.startswith("["):
        inner = text[1 : text.index("]")]
        known = ipaddress.IPv6Address(inner)
        assert ipaddress.IPv6Address(host.name[1:-1]) == known
        assert hosts.parse_host(f"[{known.exploded}]") == host._replace(port=None), (
            "one address has two names"
        )
    else:
        assert address.lower().removesuffix(".") == host.name


def renders_back(host: hosts.Host) -> bool:
    """Whether a host is its own normal form, in characters that a log and a comparison can rely on."""
    text = host.name if host.port is None else f"{host.name}:{host.port}"
    return bool(re.fullmatch(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]", host.name)) and hosts.parse_host(text) == host


def check_entry(data: bytes) -> None:
    """An entry and, after a line feed, a host that may match it."""
    written, _, asked = data.decode("utf-8", "surrogateescape").partition("\n")
    entry = attempt(hosts.parse_entry, written, error=ValueError)
    if isinstance(entry, ValueError):
        assert type(entry) is Mistake
        assert "is not a host name" in str(entry), "not a sentence for a person"
        return
    host = hosts.parse_host(asked) or hosts.Host(entry.name.strip("*.") or "a", None)
    assert hosts.parse_entry(written.upper()) == entry
    if entry.matches(host, 8080):
        allowed = written.strip().lower()
        suffix = entry.name if entry.name.startswith(".") else None
        assert allowed.startswith("*") or host.name == entry.name
        assert suffix is None or (host.name.endswith(suffix) and len(host.name) > len(suffix))
        assert host.port in {None, 8080} or re.search(rf":(\*|0*{host.port})\Z", allowed)
    assert not hosts.AllowEntry("localhost").matches(host, 8080) or host.name == "localhost"
