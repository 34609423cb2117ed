"""The licence texts that the package has to bring: ours, Qt's, Python's, and those of Python libraries."""

from __future__ import annotations

import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OTHERWISE = {"PySide6-Essentials", "pytest", "requests"}
"""Qt's wheels bring no licence (licences/ holds it), and what only the tests need is not in the package."""

BROUGHT_ALONG = ("cffi",)
"""What others of them need: cryptography its bridge to OpenSSL."""


class MissingLicenceError(Exception):
    """A text that must be in the package is not to be found; the message says which."""


def add_licences(folder: Path) -> None:
    """Put the texts into ``folder``, the package's. Raises MissingLicenceError."""
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE.txt")
    target = folder / "licences"
    shutil.copytree(ROOT / "licences", target, dirs_exist_ok=True)
    shutil.copyfile(_python_licence(), target / "Python-LICENSE.txt")
    for name in libraries():
        for file in _licence_files(name):
            shutil.copyfile(file, target / f"{name}-{file.name.removesuffix('.txt').replace('.', '-')}.txt")


def libraries() -> list[str]:
    """The distributions of requirements.txt that go into the package and bring their own licence."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    names = [re.split(r"[^A-Za-z0-9_.-]", line)[0] for line in lines if line and not line.startswith("#")]
    return [name for name in names if name not in OTHERWISE] + list(BROUGHT_ALONG)


def _python_licence() -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    places = (
        Path(sys.base_prefix) / "LICENSE.txt",  # Windows
        Path(shutil.__file__).with_name("LICENSE.txt"),
        Path("/usr/share/doc") / version / "copyright",  # Debian
    )
    for place in places:
        if place.is_file():
            return place
    raise MissingLicenceError(f"Python's licence is in none of {', '.join(map(str, places))}.")


def _licence_files(name: str) -> list[Path]:
    wanted = ("licen", "copying", "notice")
    files = [
        Path(str(file.locate()))
        for file in metadata.files(name) or []
        if ".dist-info" in str(file) and file.name.lower().startswith(wanted)
    ]
    if not files:
        raise MissingLicenceError(f"{name} brings no licence text: put it into licences/ and say so there.")
    return files
