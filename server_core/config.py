"""Every setting of the server, once: type, default, range, help. The command line, the config file, the form
and the docs read it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server_core.agreement import disagreements
from server_core.errors import ConfigError, Problem
from server_core.freshness import parse_cache
from server_core.places import SAMPLE_SITE
from server_core.profiles import PROFILES, STANDARD
from server_core.sentence import Mistake
from server_core.settings import (
    Group,
    Setting,
    allowed_hosts,
    certificate_file,
    choice,
    field_lines,
    folder,
    host_address,
    key_file,
    log_file,
    media_types,
    networks,
    number,
    origins,
    seconds,
    setting,
    switch,
    users_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True)
class Config:
    """All settings of one server, checked. Make one from text with :meth:`from_text`."""

    port: int = setting(
        8080, number("The port", 0, 65535), "port", "PORT",
        "port to listen on; 0 takes any free one",
        positional=True,
    )  # fmt: skip
    host: str = setting(
        "127.0.0.1", host_address, "host", "HOST",
        "address to listen on: 127.0.0.1 is this computer only, localhost both of its loopback addresses, "
        "0.0.0.0 the network",
        positional=True,
    )  # fmt: skip
    threads: int = setting(
        10, number("The number of threads", 1, 256), "threads", "THREADS",
        "worker threads",
        positional=True,
    )  # fmt: skip
    root: Path = setting(SAMPLE_SITE, folder, "root", "DIR", "folder to serve")
    allow_hosts: tuple[str, ...] = setting(
        (), allowed_hosts, "allow-host", "NAME",
        "host name to answer for besides this computer's own: example.test, *.example.test or *; "
        "a port other than the server's needs name:*",
        repeatable=True,
    )  # fmt: skip
    profile: str = setting(
        STANDARD, choice("The profile", *PROFILES), "profile", "|".join(PROFILES),
        "standard shows pages and has all else saved; website shows all types, and has a site's switches",
    )  # fmt: skip
    types: tuple[str, ...] = setting(
        (), media_types, "type", ".EXT=TYPE",
        "media type of an extension, besides those that are known or instead: .glb=model/gltf-binary",
        Group.SITE, repeatable=True,
    )  # fmt: skip
    listing: bool = setting(
        False, switch, "listing", "",
        "folders without an index.html show what is in them, as a page or as JSON, and can be had as a zip",
        Group.SITE,
    )  # fmt: skip
    spa: bool = setting(
        False, switch, "spa", "",
        "one page for a whole app: a missing address that a browser goes to is shown /index.html",
        Group.SITE,
    )  # fmt: skip
    clean_urls: bool = setting(
        False, switch, "clean-urls", "", "/about is about.html where there is no file about", Group.SITE
    )  # fmt: skip
    cors: tuple[str, ...] = setting(
        (), origins, "cors", "ORIGIN",
        "origin whose pages may read what is served: https://app.example, or * for all",
        Group.SITE, repeatable=True,
    )  # fmt: skip
    headers: tuple[str, ...] = setting(
        (), field_lines, "header", "'NAME: VALUE'",
        "field of every answer: 'Referrer-Policy: no-referrer'",
        Group.SITE, repeatable=True, separator="\n",
    )  # fmt: skip
    cache: str = setting(
        "", parse_cache, "cache", "none|revalidate|SECONDS",
        "how long browsers keep a file: not at all, only while the server confirms it, or so many seconds",
        Group.SITE,
    )  # fmt: skip
    precompressed: bool = setting(
        False, switch, "precompressed", "",
        "send app.js.br or app.js.gz for app.js to those who take it, if it lies there and is not older",
        Group.SITE,
    )  # fmt: skip
    tls_cert: Path | None = setting(
        None, certificate_file, "tls-cert", "FILE",
        "certificate to speak HTTPS with, and those that lead to its issuer: a PEM file",
        Group.HTTPS,
    )  # fmt: skip
    tls_key: Path | None = setting(
        None, key_file, "tls-key", "FILE",
        "the key of that certificate: a PEM file without a password",
        Group.HTTPS,
    )  # fmt: skip
    tls_self_signed: bool = setting(
        False, switch, "tls-self-signed", "",
        "speak HTTPS with a certificate that this computer makes, "
        "which browsers warn of until it is trusted",
        Group.HTTPS,
    )  # fmt: skip
    users: Path | None = setting(
        None, users_file, "users", "FILE",
        "file of the users who may come, each with a password; --add-user adds one",
        Group.ACCESS,
    )  # fmt: skip
    allow_clients: tuple[str, ...] = setting(
        (), networks, "allow-client", "NETWORK",
        "network or address whose clients may come, and no others: 192.168.0.0/16 or 2001:db8::/32",
        Group.ACCESS, repeatable=True,
    )  # fmt: skip
    deny_clients: tuple[str, ...] = setting(
        (), networks, "deny-client", "NETWORK",
        "network or address whose clients may not come, also where --allow-client names it",
        Group.ACCESS, repeatable=True,
    )  # fmt: skip
    max_client_connections: int = setting(
        0, number("The number of connections of one client", 0, 1_000_000), "max-client-connections", "N",
        "connections that one client address may keep open; beyond, new ones get 429; 0 is no limit",
        Group.ACCESS,
    )  # fmt: skip
    max_client_rate: int = setting(
        0, number("The number of requests a second", 0, 1_000_000), "max-client-rate", "N",
        "requests that one client address may send a second; beyond, they get 429; 0 is no limit",
        Group.ACCESS,
    )  # fmt: skip
    receive_files: bool = setting(
        False, switch, "receive-files", "",
        "take files from visitors: the page /upload, and PUT below it, as curl -T FILE URL/upload/",
        Group.ACCESS,
    )  # fmt: skip
    # A film of two hours or an image of a memory stick; what is larger is rarely meant for this way.
    max_file_bytes: int = setting(
        2 * GIB, number("The largest file", 1, 2**50), "max-file", "BYTES",
        "largest file received (with --receive-files)",
        Group.ACCESS,
    )  # fmt: skip
    # A system without room for its logs and its memory's overflow fails in ways that nobody connects with it.
    min_free_bytes: int = setting(
        GIB, number("The room to leave", 0, 2**50), "min-free", "BYTES",
        "room to leave on the disk when files are received: what would take more is refused",
        Group.ACCESS,
    )  # fmt: skip
    max_connections: int = setting(
        10_000, number("The number of connections", 1, 1_000_000), "max-connections", "N",
        "connections kept open at once; beyond, idle ones are closed first, then new ones get 503",
        Group.LIMITS,
    )  # fmt: skip
    queue_size: int = setting(
        50, number("The queue size", 1, 100_000), "queue-size", "N",
        "requests that may wait while all workers are busy",
        Group.LIMITS,
    )  # fmt: skip
    keep_alive_timeout_s: float = setting(
        30.0, seconds("The keep-alive timeout", 1, 86_400), "keep-alive-timeout", "S",
        "seconds that a connection may be idle between requests",
        Group.LIMITS,
    )  # fmt: skip
    max_requests: int = setting(
        100, number("The number of requests", 1, 1_000_000_000), "max-requests", "N",
        "requests answered on one connection",
        Group.LIMITS,
    )  # fmt: skip
    max_body_bytes: int = setting(
        10 * MIB, number("The largest body", 1, 2**30), "max-body", "BYTES",
        "largest request body accepted",
        Group.LIMITS,
    )  # fmt: skip
    log_file: Path | None = setting(
        None, log_file, "log-file", "FILE",
        "file to log to; rotates at 10 MiB, five are kept",
        Group.LOG,
    )  # fmt: skip
    log_format: str = setting(
        "text", choice("The log format", "text", "json"), "log-format", "text|json",
        "form of a log line",
        Group.LOG,
    )  # fmt: skip
    quiet: bool = setting(False, switch, "quiet", "", "no log lines on the console", Group.LOG)

    @property
    def scheme(self) -> str:
        """``https`` or ``http``."""
        return "https" if self.tls_self_signed or self.tls_cert else "http"

    @classmethod
    def from_text(cls, texts: Mapping[str, str | Sequence[str]]) -> Config:
        """Settings from their texts by attribute name; what is absent keeps its default. Raises
        :class:`ConfigError` with every problem.
        """
        values: dict[str, Any] = {}
        problems = []
        for known in SETTINGS:
            if known.name not in texts:
                continue
            text = texts[known.name]
            try:
                values[known.name] = known.read(text if isinstance(text, str) else _lines(text))
            except ValueError as error:
                problems.append(Problem(known.name, str(error)))
        if problems:
            raise ConfigError(tuple(problems))
        config = cls(**values)
        if problems := disagreements(config, SETTINGS):
            raise ConfigError(tuple(problems))
        return config

    def to_text(self) -> dict[str, str]:
        """The texts from which :meth:`from_text` makes this again."""
        return {known.name: _write(getattr(self, known.name), known.separator) for known in SETTINGS}


def _lines(texts: Sequence[str]) -> str:
    """One text of an option's several. Raises ValueError where one is empty, as an unset variable of a shell
    would make it, or holds a line break, with which a variable could smuggle in another.
    """
    if not all(text.strip() for text in texts):
        raise Mistake("One of the names is empty: write a name, or leave the option out.")
    if any("\n" in text for text in texts):
        raise Mistake("One of the values has a line break: give the option once for each value.")
    return "\n".join(texts)


def _write(value: object, separator: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return separator.join(value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


SETTINGS: tuple[Setting, ...] = tuple(
    each.metadata["setting"]._replace(name=each.name, default=each.default)
    for each in dataclasses.fields(Config)
    if "setting" in each.metadata
)
