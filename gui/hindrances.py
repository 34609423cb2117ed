"""Why the window's own tests may fail at a server that does all that its settings ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from server_core.profiles import STANDARD

if TYPE_CHECKING:
    from server_core.config import Config


def of_requests(config: Config) -> str:
    """Sentences about what any test meets that sends many requests from here; empty where that is nothing."""
    sentences = []
    if config.users is not None:
        sentences.append(
            QCoreApplication.translate("Hindrances", "The test sends no password: expect 401 answers.")
        )
    if config.max_client_rate or config.max_client_connections:
        sentences.append(
            QCoreApplication.translate(
                "Hindrances", "All of it comes from one address, which has limits: expect 429 answers."
            )
        )
    return " ".join(sentences)


def of_checks(config: Config) -> str:
    """The same for the checks, which know one profile."""
    sentences = [of_requests(config)]
    if config.profile != STANDARD:
        sentences.append(
            QCoreApplication.translate(
                "Hindrances", "The checks are those of the Standard profile: with another some can't pass."
            )
        )
    return " ".join(filter(None, sentences))
