"""What the window calls the settings, by their option; a test fails where one has no words here.

Those that have a field of their own in ``config_form.py`` have their words there.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from gui.translation import QT_TRANSLATE_NOOP
from server_core.settings import Group


class SettingText(NamedTuple):
    """Before translation. :func:`translated` makes them what is shown."""

    label: str
    help: str
    words: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it
    """What the values of a choice are called."""


def translated(text: str) -> str:
    return QCoreApplication.translate("Settings", text)


GROUPS = {
    Group.SERVER: QT_TRANSLATE_NOOP("Settings", "Server"),
    Group.SITE: QT_TRANSLATE_NOOP("Settings", "Website"),
    Group.HTTPS: QT_TRANSLATE_NOOP("Settings", "HTTPS"),
    Group.ACCESS: QT_TRANSLATE_NOOP("Settings", "Visitors"),
    Group.LIMITS: QT_TRANSLATE_NOOP("Settings", "Limits"),
    Group.LOG: QT_TRANSLATE_NOOP("Settings", "Log file"),
}

TEXTS: dict[str, SettingText] = {
    "profile": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Profile"),
        QT_TRANSLATE_NOOP("Settings", "How files are served."),
        {
            "standard": QT_TRANSLATE_NOOP("Settings", "Standard"),
            "website": QT_TRANSLATE_NOOP("Settings", "Website"),
        },
    ),
    # --- a site ---
    "type": SettingText(
        QT_TRANSLATE_NOOP("Settings", "More types"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "One a line, as .glb=model/gltf-binary; they win over those that are built in.",
        ),
    ),
    "listing": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Folder listings"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "A folder without an index.html shows what is in it, and goes out as a zip.",
        ),
    ),
    "spa": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Single-page app"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "A page that is missing is /index.html, so that the app's own addresses work.",
        ),
    ),
    "clean-urls": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Clean addresses"),
        QT_TRANSLATE_NOOP("Settings", "/about is about.html."),
    ),
    "cors": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Pages of other origins"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Origins whose scripts may read this site, one a line, as https://app.example; * is all.",
        ),
    ),
    "header": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Header fields"),
        QT_TRANSLATE_NOOP("Settings", "Sent with every answer, one a line, as X-Frame-Options: DENY."),
    ),
    "cache": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Browsers keep files"),
        QT_TRANSLATE_NOOP("Settings", "For so many seconds, or as one of the words says."),
        {
            "": QT_TRANSLATE_NOOP("Settings", "As they think best"),
            "none": QT_TRANSLATE_NOOP("Settings", "Not at all"),
            "revalidate": QT_TRANSLATE_NOOP("Settings", "And ask each time"),
        },
    ),
    "precompressed": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Precompressed files"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "app.js.br or app.js.gz goes out for app.js where the browser takes it.",
        ),
    ),
    # --- HTTPS ---
    "tls-cert": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Certificate"),
        QT_TRANSLATE_NOOP("Settings", "A PEM file with the certificate, and those that lead to its issuer."),
    ),
    "tls-key": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Key"),
        QT_TRANSLATE_NOOP("Settings", "A PEM file with the certificate's key, without a password."),
    ),
    "tls-self-signed": SettingText(
        QT_TRANSLATE_NOOP("Settings", "HTTPS with a certificate made here"),
        QT_TRANSLATE_NOOP("Settings", "Browsers warn of it until they are told to trust it."),
    ),
    # --- visitors ---
    "users": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Users and passwords"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "The file of those who may come; File > Users… adds some. It holds no password.",
        ),
    ),
    "allow-client": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Only these networks"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Addresses or networks that may come, one a line, as 192.168.1.0/24; none: all.",
        ),
    ),
    "deny-client": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Not these networks"),
        QT_TRANSLATE_NOOP("Settings", "Addresses or networks that are refused, one a line."),
    ),
    "receive-files": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Receive files"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Visitors send files by the page at /upload; they arrive in the folder uploads.",
        ),
    ),
    "max-file": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Largest file, in bytes"),
        QT_TRANSLATE_NOOP("Settings", "A larger one is refused before it is sent."),
    ),
    "min-free": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Space kept free, in bytes"),
        QT_TRANSLATE_NOOP("Settings", "A file that would leave less on the disk is refused."),
    ),
    # --- limits ---
    "max-client-connections": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Connections for each address"),
        QT_TRANSLATE_NOOP("Settings", "More from one address are refused; 0: no limit."),
    ),
    "max-client-rate": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Requests per second for each address"),
        QT_TRANSLATE_NOOP("Settings", "More from one address get 429; 0: no limit."),
    ),
    "max-connections": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Connections"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Open at once; beyond, idle ones are closed first, then new ones get 503.",
        ),
    ),
    "queue-size": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Queue"),
        QT_TRANSLATE_NOOP("Settings", "Requests that may wait while all workers are busy."),
    ),
    "keep-alive-timeout": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Idle time, in seconds"),
        QT_TRANSLATE_NOOP("Settings", "For so long a connection may be silent between requests."),
    ),
    "max-requests": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Requests on a connection"),
        QT_TRANSLATE_NOOP("Settings", "After so many it is closed."),
    ),
    "max-body": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Largest JSON upload, in bytes"),
        QT_TRANSLATE_NOOP("Settings", "A larger one gets 413."),
    ),
    # --- log ---
    "log-file": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Write a log file"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Every line of the log; a new file begins at 10 MiB, five are kept. Empty: none.",
        ),
    ),
    "log-format": SettingText(
        QT_TRANSLATE_NOOP("Settings", "Form of a line"),
        QT_TRANSLATE_NOOP("Settings", "Text is for people, JSON for programs."),
        {"text": QT_TRANSLATE_NOOP("Settings", "Text"), "json": QT_TRANSLATE_NOOP("Settings", "JSON")},
    ),
}  # fmt: skip
