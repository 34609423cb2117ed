"""The page that sends files: ``upload_page.html`` beside this file, with nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from server_core.answers import Answer

PAGE = Path(__file__).with_name("upload_page.html")


def upload_page(max_file_bytes: int) -> Answer:
    """The page, for files up to ``max_file_bytes``. Only its own script runs in it, which can reach nothing
    but this server, and no other page can frame it (Content Security Policy Level 3).
    """
    page = PAGE.read_text("utf-8")
    sources = [
        "default-src 'none'",
        f"script-src '{_digest(page, 'script')}'",
        f"style-src '{_digest(page, 'style')}'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    fields = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-cache"),
        ("Content-Security-Policy", "; ".join(sources)),
    )
    return Answer(200, fields, page.replace("MAX_FILE_BYTES", str(max_file_bytes)).encode())


def _digest(page: str, element: str) -> str:
    text = page.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
