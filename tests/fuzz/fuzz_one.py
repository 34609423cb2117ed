#!/usr/bin/env python3
"""Fuzz one target in this process: `python tests/fuzz/fuzz_one.py TARGET [libFuzzer's arguments]`. Usually
started by run.py; to look into a finding, give the reproducer's path as the only argument after the target.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

# The oracles read character by character, and so show the fuzzer what regular expressions hide.
with atheris.instrument_imports(include=["server_core", "tests.fuzz"]):
    from tests.fuzz.targets import TARGETS


def main(name: str, arguments: list[str]) -> None:
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], f"-max_len={target.longest_bytes}", *arguments], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
