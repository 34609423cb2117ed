"""What stands below the fields of the form while nothing is wrong: what a choice means."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gui.risks import risk_of, sentence_of
from gui.server_texts import Texts, changed, is_site
from gui.setting_texts import TEXTS, translated
from gui.translation import told, translate
from server_core.access import warnings
from server_core.hosts import WILDCARD_ADDRESSES, normalise_address

if TYPE_CHECKING:
    from collections.abc import Container

    from server_core.config import Config

THIS_COMPUTER = "127.0.0.1"
NETWORK = "0.0.0.0"


def of_folder(config: Config | None, *, may_change: bool) -> str:
    """``config``: None while something is wrong."""
    if config and (risk := risk_of(config.root)):
        return sentence_of(risk)
    return translate("FormHints", "Or drop a folder on this window.") if may_change else ""


def of_listening(host: str) -> str:
    if normalise_address(host) in WILDCARD_ADDRESSES:
        read = translate("FormHints", "Everyone on your network can read this folder.")
        return f"{read} {of_firewall()}"
    return translate("FormHints", "Nobody else can reach it.") if host == THIS_COMPUTER else ""


def of_firewall() -> str:
    """What the system asks when a program listens on the network for the first time."""
    if sys.platform == "win32":
        return translate("FormHints", "Windows asks once whether to let others in: allow private networks.")
    return translate("FormHints", "A firewall on this computer may have to let them in.")


def of_profile(texts: Texts) -> str:
    if is_site(texts):
        return translate("FormHints", "Every type is shown. A site's switches are below.")
    return translate("FormHints", "Pages are shown, other files saved.")


def of_more(texts: Texts, shown: Container[str]) -> str:
    """What else differs from how it was delivered, so that nobody serves with a switch forgotten. The
    settings that are ``shown`` in the form tell of themselves.
    """
    labels = [translated(TEXTS[each.option].label) for each in changed(texts) if each.name not in shown]
    return translate("FormHints", "Also set: {names}.").format(names=", ".join(labels)) if labels else ""


def of_warnings(config: Config | None) -> str:
    """What is not wrong, and should be known all the same."""
    return " ".join(told(each.sentence) for each in warnings(config)) if config else ""
