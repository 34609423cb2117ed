"""What is served in the pictures of docs/website: a small site, an app, a video, a certificate."""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import subprocess
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from server_core.users import add_user
from tests.browser.webm import key_frame, video

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
VIDEO_S, VIDEO_PX, VIDEO_BYTES_PER_S = 90, (640, 360), 500_000
STYLE = "<style>body{font:17px Inter,sans-serif;max-width:34em;margin:2em auto;padding:0 1em}</style>"


def make_all(home: Path) -> None:
    """Everything in ``home``, which is there and empty."""
    _make_site(home / "site")
    _make_app(home / "app")
    _make_video(home / "videos")
    _make_certificate(home)
    add_user(home / "users", "ann", "correct horse")


def _make_site(site: Path) -> None:
    for folder in ("parts", "Holidays/2025", "Holidays/2026", "docs"):
        (site / folder).mkdir(parents=True)
    pages = {
        "index.html": ("Harbour View", "Rooms with a window on the water."),
        "about.html": ("About us", "We have kept this house since 1987. <a href=/>Home</a>"),
        "404.html": ("Nothing here", "This page has moved, or never was. <a href=/>Back to the harbour</a>"),
    }
    for name, (title, words) in pages.items():
        page = f"<!DOCTYPE html><meta charset=utf-8><title>{title}</title>{STYLE}<h1>{title}</h1><p>{words}"
        (site / name).write_text(page, encoding="utf-8")
    (site / "app.js").write_text("export const rooms = [];\n" * 4_000, encoding="utf-8")
    subprocess.run(["gzip", "-k", str(site / "app.js")], check=True)
    (site / "robot.glb").write_bytes(b"glTF\2\0\0\0" + bytes(4_000))
    samples = [RESOURCES / name for name in ("photo.png", "family.jpg", "friend.jpg", "logo.png")]
    for number, sample in enumerate(samples):
        shutil.copyfile(sample, site / "Holidays" / f"Evening {number * 5 + 2}{sample.suffix}")
    (site / "Holidays" / "Übersicht & Karte.pdf").write_bytes(b"%PDF-1.7\n" + bytes(231_000))
    date = dt.datetime(2026, 8, 3, 18, 40, tzinfo=dt.timezone.utc)
    for number, path in enumerate(sorted(site.rglob("*"))):
        when_s = (date - dt.timedelta(hours=number * 7)).timestamp()
        os.utime(path, (when_s, when_s))
    os.utime(site / "app.js.gz")


def _make_app(app: Path) -> None:
    """A single-page app: what it shows is decided by the address, in the browser."""
    app.mkdir()
    (app / "index.html").write_text(
        f"<!DOCTYPE html><meta charset=utf-8><title>App</title>{STYLE}<nav><a href=/>Home</a> · "
        "<a href=/rooms/7>Room 7</a> · <a href=/settings/profile>Profile</a></nav><h1></h1>"
        "<p>Drawn by the app for this address; there is no such file.<script>"
        "document.querySelector('h1').textContent = location.pathname.slice(1).replace('/', ', ')</script>",
        encoding="utf-8",
    )


def _make_video(folder: Path) -> None:
    """A minute and a half, each second with its number on it."""
    folder.mkdir()
    with Image.open(RESOURCES / "photo.png") as opened:
        ground = opened.convert("RGB").resize(VIDEO_PX)
    frames = []
    for second in range(VIDEO_S):
        frame = ground.copy()
        words = f"{second // 60}:{second % 60:02}"
        ImageDraw.Draw(frame).text((20, 12), words, font=ImageFont.load_default(64), fill="white")
        octets = io.BytesIO()
        frame.save(octets, "WEBP", quality=70)
        frames.append(key_frame(octets.getvalue()))
    (folder / "long.webm").write_bytes(video(frames, *VIDEO_PX, VIDEO_BYTES_PER_S))
    (folder / "index.html").write_text(
        "<!DOCTYPE html><style>body{margin:0;background:#111;text-align:center}</style>"
        "<video src=long.webm muted controls preload=metadata></video>",
        encoding="utf-8",
    )


def _make_certificate(home: Path) -> None:
    """One for www.example.test, by an issuer that this computer would trust."""
    commands = """
        new='openssl req -newkey rsa:2048 -nodes'
        $new -x509 -keyout ca.key -out ca.pem -days 30 -subj '/CN=Example Issuer'
        $new -keyout privkey.pem -out site.csr -subj /CN=www.example.test
        openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -days 30 -out fullchain.pem \\
            -extfile <(echo subjectAltName=DNS:www.example.test)
    """
    subprocess.run(["bash", "-ec", commands], cwd=home, check=True, capture_output=True)
