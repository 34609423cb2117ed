"""The version resource of a program, which Windows shows under Properties. Windows only."""

from __future__ import annotations

import re

from PyInstaller.utils.win32.versioninfo import (
    FixedFileInfo,
    StringFileInfo,
    StringStruct,
    StringTable,
    VarFileInfo,
    VarStruct,
    VSVersionInfo,
)

ENGLISH, UNICODE = 0x0409, 1200


def version_info(program: str, description: str, version: str) -> VSVersionInfo:
    """The resource of ``program`` (its file name without extension)."""
    numbers = tuple(int(number) for number in (*re.findall(r"[0-9]+", version), 0, 0, 0, 0)[:4])
    strings = {
        "CompanyName": "The Spindle project",
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": program,
        "LegalCopyright": "MIT licence",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "Spindle",
        "ProductVersion": version,
    }
    table = StringTable(f"{ENGLISH:04X}{UNICODE:04X}", [StringStruct(*pair) for pair in strings.items()])
    return VSVersionInfo(
        ffi=FixedFileInfo(filevers=numbers, prodvers=numbers),
        kids=[StringFileInfo([table]), VarFileInfo([VarStruct("Translation", [ENGLISH, UNICODE])])],
    )
