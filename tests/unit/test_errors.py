"""The errno sets, and what ends in which."""

from __future__ import annotations

import errno

import pytest

from server_core.errors import (
    ACCEPT_AGAIN,
    CLIENT_GONE,
    DISK_FULL,
    BindError,
    ConfigError,
    Problem,
    is_disk_full,
)


@pytest.mark.parametrize("name", ["ECONNRESET", "EPIPE", "ECONNABORTED", "ENOTCONN", "ETIMEDOUT"])
def test_a_client_that_left(name):
    assert getattr(errno, name) in CLIENT_GONE


@pytest.mark.parametrize("name", ["EAGAIN", "EWOULDBLOCK", "EINTR", "ECONNABORTED"])
def test_the_next_accept_may_succeed(name):
    assert getattr(errno, name) in ACCEPT_AGAIN


@pytest.mark.parametrize("name", ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"])
def test_want_of_resources_is_a_pause_and_not_another_try(name):
    assert getattr(errno, name) not in ACCEPT_AGAIN


def test_the_sets_mean_different_things():
    assert not DISK_FULL & CLIENT_GONE
    assert errno.EAGAIN not in CLIENT_GONE


def test_disk_full():
    assert is_disk_full(OSError(errno.ENOSPC, ""))
    assert not is_disk_full(OSError(errno.EACCES, ""))
    assert not is_disk_full(OSError("without a number"))


def test_what_errors_say():
    assert str(ConfigError((Problem("port", "One."), Problem("host", "Two.")))) == "One. Two."
    error = BindError("h", 1, "Why.", "What.", in_use=True)
    assert (str(error), error.in_use) == ("Why. What.", True)
