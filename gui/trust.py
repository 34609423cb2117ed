"""How this program talks over TLS to its own server. Without Qt."""

from __future__ import annotations

import ssl


def unchecked() -> ssl.SSLContext:
    """For connections to the server in this very process, by whatever address: its certificate, made here or
    for another name, would tell nothing that is not known.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
