"""The settings of a server as the window holds them: texts, right or wrong. Without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.config import SETTINGS, Config
from server_core.profiles import STANDARD
from server_core.settings import Group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server_core.settings import Setting

Texts = dict[str, str]
"""By attribute name of Config; what is absent has its default."""

DEFAULTS: Texts = Config().to_text()
# The window has no console to be quiet on.
NOT_IN_WINDOW = frozenset({"quiet"})
SITE = frozenset(setting.name for setting in SETTINGS if setting.group is Group.SITE)


def is_site(texts: Mapping[str, str]) -> bool:
    """Whether the profile is one that the settings of a site belong to."""
    return texts.get("profile", STANDARD) != STANDARD


def holding(texts: Mapping[str, str]) -> Texts:
    """``texts`` without those of a site where the profile is Standard, which would refuse them."""
    return {name: text for name, text in texts.items() if name not in SITE or is_site(texts)}


def waiting(texts: Mapping[str, str]) -> Texts:
    """What :func:`holding` leaves out: kept until the profile is Website again."""
    return {name: text for name, text in texts.items() if name in SITE and not is_site(texts)}


def changed(texts: Mapping[str, str]) -> list[Setting]:
    """The settings that hold in the window and are not as they were delivered."""
    held = {**DEFAULTS, **holding(texts)}
    return [
        setting
        for setting in SETTINGS
        if setting.name not in NOT_IN_WINDOW and _differs(setting, held[setting.name])
    ]


def _differs(setting: Setting, text: str) -> bool:
    """Whether ``text`` means another value than the default; asks no disk."""
    if text == DEFAULTS[setting.name] or setting.metavar in {"FILE", "DIR"}:
        return text != DEFAULTS[setting.name]
    try:
        return bool(setting.read(text) != setting.default)
    except ValueError:
        return True
