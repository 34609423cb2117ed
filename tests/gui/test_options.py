from __future__ import annotations

from pathlib import Path

import pytest

from gui.options import STANDARD_OUTPUT, Options, UsageError, parse


def test_nothing_given():
    assert parse([]) == Options({}, start=False, tray=False, self_test=None)


def test_presets(tmp_path):
    given = ["--root", str(tmp_path), "--port", "0", "--host", "localhost", "--threads", "4", "--start"]
    options = parse([*given, "--allow-host", "a.test", "--allow-host", "*.b.test"])
    assert options.start
    assert options.presets == {
        "root": str(tmp_path),
        "port": "0",
        "host": "localhost",
        "threads": "4",
        "allow_hosts": "a.test, *.b.test",
    }


@pytest.mark.parametrize(
    ("arguments", "target"), [(["--self-test"], STANDARD_OUTPUT), (["--self-test", "r.json"], Path("r.json"))]
)
def test_self_test(arguments, target):
    assert parse(arguments).self_test == target


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "70000"], "from 0 to 65535"),
        (["--port", "-1"], "--port"),
        (["--threads", "0"], "from 1 to 256"),
        (["--root", "/no/such/folder"], "does not exist"),
        (["--host", "a b"], "not an address"),
        (["--allow-host", "http://a/"], "not a host name"),
        (["--unknown"], "Unrecognized"),
        (["8080"], "Unrecognized"),
        (["--po", "80"], "Unrecognized"),
    ],
)
def test_wrong_arguments_are_one_sentence(arguments, says):
    with pytest.raises(UsageError, match=says) as caught:
        parse(arguments)
    assert "\n" not in str(caught.value)
