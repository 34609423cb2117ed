"""What should be known of settings that are not wrong."""

from __future__ import annotations

import pytest

from server_core.access import warnings
from server_core.config import Config
from server_core.users import add_user


@pytest.mark.parametrize(
    ("texts", "settings"),
    [
        ({}, []),
        ({"host": "0.0.0.0"}, []),
        ({"users": "users"}, []),
        ({"users": "users", "host": "0.0.0.0"}, ["users"]),
        ({"users": "users", "host": "::"}, ["users"]),
        ({"users": "users", "host": "127.0.0.9"}, []),
        ({"receive_files": "yes"}, []),
        ({"receive_files": "yes", "host": "0.0.0.0"}, ["receive_files"]),
        ({"receive_files": "yes", "host": "0.0.0.0", "allow_clients": "192.168.0.0/16"}, []),
        ({"receive_files": "yes", "host": "0.0.0.0", "users": "users"}, ["users"]),
    ],
)
def test_warnings(tmp_path, texts, settings):
    root, users = tmp_path / "site", tmp_path / "users"
    root.mkdir()
    if "users" in texts:
        add_user(users, "anna", "correct horse")
        texts = {**texts, "users": str(users)}
    config = Config.from_text({"root": str(root), **texts})
    assert [each.setting for each in warnings(config)] == settings
    assert all(each.sentence.endswith(".") for each in warnings(config))
