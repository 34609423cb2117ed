"""Draw the pictures of the sample site and the rasters of the program's icon, always the same ones.

    python tools/make_resources.py [logo photo family friend] [--scale 0.25 --out FOLDER]

Without names all are made, in about three minutes. Pictures are drawn at twice their size and averaged down;
`--scale` makes small drafts. A maintainer's tool: nobody needs it to run Spindle. It wants Pillow, numpy and
PySide6-Essentials (the committed files: 13.0.0, 2.4.6 and 6.11.3; other versions may change single pixels).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pictures.lake import dusk
from pictures.mark import icon_bytes, mark, png_bytes
from pictures.robin import friend
from pictures.tops import family
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Callable

LOGO_PIXELS = 416
JPEG = {"quality": 85, "optimize": True, "progressive": True}
COLOURS = 256  # of the photo: a third of the bytes, and the grain of the dithering suits a dusk
RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def make_logo(out: Path, scale: float) -> None:
    (out / "icons").mkdir(parents=True, exist_ok=True)
    (out / "logo.png").write_bytes(png_bytes(mark(round(LOGO_PIXELS * scale))))
    (out / "icons" / "spindle.png").write_bytes(png_bytes(mark(256)))
    (out / "icons" / "spindle.ico").write_bytes(icon_bytes())


def main() -> None:
    makers: dict[str, Callable[[Path, float], object]] = {
        "logo": make_logo,
        "photo": lambda out, scale: (out / "photo.png").write_bytes(png_bytes(dusk(scale).quantize(COLOURS))),
        "family": lambda out, scale: family(scale).save(out / "family.jpg", **JPEG),
        "friend": lambda out, scale: friend(scale).save(out / "friend.jpg", **JPEG),
    }
    parser = argparse.ArgumentParser(
        description="Draw the pictures of the sample site and the program's icon."
    )
    parser.add_argument("names", nargs="*", help=f"which to make: {', '.join(makers)} (default: all)")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="size of the pictures, for drafts (default: 1)"
    )
    parser.add_argument("--out", type=Path, help="folder to write to (default: resources)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(makers):
        parser.error(f"no picture is called {', '.join(sorted(unknown))}; choose from {', '.join(makers)}")
    if not 0 < options.scale <= 1 or (options.scale < 1 and options.out is None):
        parser.error("--scale must be above 0 and at most 1, and a draft needs --out")
    out = options.out or RESOURCES
    out.mkdir(parents=True, exist_ok=True)
    application = QGuiApplication(["make_resources", "-platform", "offscreen"])
    for name in options.names or makers:
        makers[name](out, options.scale)
        print(f"{name}: done", flush=True)
    application.quit()


if __name__ == "__main__":
    main()
