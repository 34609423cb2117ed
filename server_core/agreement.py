"""What must hold between settings, each of which is right by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.errors import Problem
from server_core.networks import Networks
from server_core.profiles import STANDARD
from server_core.sentence import Sentence
from server_core.settings import Group

if TYPE_CHECKING:
    from server_core.config import Config
    from server_core.settings import Setting


def disagreements(config: Config, settings: tuple[Setting, ...]) -> list[Problem]:
    """The problems of ``config``; ``settings`` are all there are."""
    return [
        *_site_needs_its_profile(config, settings),
        *_certificate_needs_its_key(config),
        *_users_file_is_not_served(config),
        *_allowed_clients_are_not_denied(config),
    ]


def _site_needs_its_profile(config: Config, settings: tuple[Setting, ...]) -> list[Problem]:
    if config.profile != STANDARD:
        return []
    idle = (each for each in settings if each.group is Group.SITE)
    return [
        Problem(each.name, Sentence(
            "{option} belongs to the Website profile: choose that (--profile website), or leave it out.",
            option=f"--{each.option}",
        ))
        for each in idle
        if getattr(config, each.name) != each.default
    ]  # fmt: skip


def _certificate_needs_its_key(config: Config) -> list[Problem]:
    certificate, key = config.tls_cert, config.tls_key
    if config.tls_self_signed and (certificate or key):
        sentence = Sentence(
            "A certificate of your own and one that is made here exclude each other: choose one of them."
        )
        return [Problem("tls_self_signed", sentence)]
    if certificate and not key:
        return [Problem("tls_key", Sentence("The certificate needs its key: name that too (--tls-key)."))]
    if key and not certificate:
        return [Problem("tls_cert", Sentence("The key needs its certificate: name that too (--tls-cert)."))]
    if certificate and key:
        from server_core.tls import open_context  # loads OpenSSL

        try:
            open_context(certificate, key)
        except ValueError as error:
            return [Problem("tls_key", str(error))]
    return []


def _users_file_is_not_served(config: Config) -> list[Problem]:
    file = config.users
    if file is None or config.root not in file.resolve().parents:
        return []
    sentence = Sentence(
        "The users file {file} is in the folder that is served: move it to where nobody can fetch it.",
        file=file,
    )
    return [Problem("users", sentence)]


def _allowed_clients_are_not_denied(config: Config) -> list[Problem]:
    denied = Networks(config.deny_clients)
    return [
        Problem(
            "allow_clients",
            Sentence(
                "{network} is denied as well, so nobody from there may come: take one out.", network=network
            ),
        )
        for network in config.allow_clients
        if denied.covers(network)
    ]
