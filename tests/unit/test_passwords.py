"""Passwords as hashes, and the file of users."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core import passwords
from server_core.passwords import PasswordHash
from server_core.users import add_user, check_name, list_users, read_users, remove_user

if TYPE_CHECKING:
    from pathlib import Path

# What scrypt gives for this is in RFC 7914 section 12: N = 16384, r = 8, p = 1.
RFC_7914 = "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQTlVNlHWKdCGVbZk"
SECRET = "correct horse"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """What is looked at here does not depend on the cost."""
    monkeypatch.setattr(passwords, "COST_LOG2", 4)
    monkeypatch.setattr(passwords, "PARALLEL", 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users.txt"


def test_the_hash_is_scrypt():
    """RFC 7914 section 12, the third vector's first 32 octets."""
    key = bytes.fromhex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")
    vector = PasswordHash(14, 8, 1, b"SodiumChloride", key)
    assert vector.matches("pleaseletmein")
    assert not vector.matches("pleaseletmein ")
    assert PasswordHash.read(str(vector)) == vector
    assert str(vector).startswith(
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+"
    )


def test_the_cost_is_one_that_owasp_calls_sufficient():
    assert str(PasswordHash(14, 8, 5, b"", b"")).startswith("$scrypt$ln=14,r=8,p=5$")


def test_two_hashes_of_one_password_differ():
    one, other = PasswordHash.of(SECRET), PasswordHash.of(SECRET)
    assert one != other
    assert one.matches(SECRET)
    assert other.matches(SECRET)


def test_a_letter_and_its_accent_are_the_same_however_they_are_sent():
    assert PasswordHash.of("caf\u00e9 noir").matches("cafe\u0301 noir")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.text(st.sampled_from("ab 0\u00e9"), min_size=1, max_size=5),
)
def test_a_hash_matches_its_password_alone(password, more):
    known = PasswordHash.read(str(PasswordHash.of(password)))
    assert known is not None
    assert known.matches(password)
    assert not known.matches(password + more)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "$scrypt$ln=14,r=8,p=1$$",
        RFC_7914.replace("scrypt", "argon2id"),
        RFC_7914.replace("ln=14", "ln=0"),
        RFC_7914.replace("ln=14", "ln=99"),
        RFC_7914.replace("ln=14", "ln=22"),
        RFC_7914.replace("p=1", "p=99"),
        RFC_7914[:-1] + "*",
        RFC_7914[: RFC_7914.rindex("$") + 26],
        RFC_7914 + "\n",
    ],
)
def test_what_is_no_hash_or_too_dear_is_none(text):
    assert PasswordHash.read(text) is None


@given(st.text(max_size=100))
def test_reading_never_fails(text):
    known = PasswordHash.read(text)
    assert known is None or PasswordHash.read(str(known)) == known


def test_users_are_added_changed_and_removed(file: Path):
    assert list_users(file) == ()
    assert add_user(file, "ann", SECRET)
    assert add_user(file, "j\u00fcrgen", "zweites Wort")
    assert not add_user(file, "ann", "another one")
    assert list_users(file) == ("ann", "j\u00fcrgen")
    users = read_users(file)
    assert users.verify("ann", "another one")
    assert not users.verify("ann", SECRET)
    assert users.verify("ju\u0308rgen", "zweites Wort")
    assert not users.verify("Ann", "another one")
    assert not users.verify("nobody", "nobody")
    remove_user(file, "ann")
    assert list_users(file) == ("j\u00fcrgen",)
    assert not read_users(file).verify("ann", "another one")


def test_an_empty_file_lets_nobody_in(file: Path):
    file.write_text("\n# nobody yet\n", "utf-8")
    assert read_users(file).names == ()
    assert not read_users(file).verify("nobody", "nobody")


def test_what_a_person_wrote_beside_stays(file: Path):
    file.write_bytes(b"\xef\xbb\xbf# the office\r\n\r\n")
    add_user(file, "ann", SECRET)
    add_user(file, "bob", SECRET)
    add_user(file, "ann", "another one")
    remove_user(file, "bob")
    lines = file.read_text("utf-8").split("\n")
    assert lines[:2] == ["# the office", ""]
    assert [line.partition(":")[0] for line in lines[2:]] == ["ann", ""]


def test_the_password_is_not_in_the_file(file: Path):
    add_user(file, "ann", SECRET)
    assert SECRET.encode() not in file.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="there a file has the permissions of its folder")
def test_the_file_is_its_owners_alone(file: Path):
    add_user(file, "ann", SECRET)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    add_user(file, "bob", SECRET)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_can_not_be_written_stays_as_it_was(file: Path, monkeypatch):
    add_user(file, "ann", SECRET)
    before = file.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server_core.users.os.fsync", full)
    with pytest.raises(ValueError, match=r"users\.txt can't be written: No space left on device\.$"):
        add_user(file, "bob", SECRET)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "name", ["", " ann", "ann ", "a:b", "#ann", "a\nb", "a\0", "a\u2028b", "a" * 129, "\ud800"]
)
def test_a_name_that_can_not_be_sent_is_explained(file: Path, name):
    with pytest.raises(ValueError, match="can't be a user's name: write"):
        add_user(file, name, SECRET)
    assert not file.exists()


@pytest.mark.parametrize("name", ["ann", "a b", "ann@example.test", "\u5f20", "0", "a" * 128])
def test_a_name_may_be_what_people_have(name):
    check_name(name)


@pytest.mark.parametrize(
    ("password", "why"),
    [("", "at least 8"), ("1234567", "at least 8"), ("x" * 257, "at most 256"), ("12345678\t", "no control")],
)
def test_a_password_that_will_not_do_is_explained(file: Path, password, why):
    with pytest.raises(ValueError, match=why) as caught:
        add_user(file, "ann", password)
    assert not password or password not in str(caught.value)
    assert not file.exists()


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"ann:secret\n", r"Line 1 of the users file .* is no user"),
        (b"\nann\n", r"Line 2 of the users file .* is no user"),
        (b"bob:x:" + RFC_7914.encode() + b"\n", "is no user"),
        (b" bob:" + RFC_7914.encode() + b"\n", "is no user"),
        (b"\xff\n", "is not UTF-8 text"),
        (2 * (b"ann:" + RFC_7914.encode() + b"\n"), "Line 2 of the users file .* names ann again"),
    ],
)
def test_a_broken_file_is_explained(file: Path, octets, why):
    file.write_bytes(octets)
    for function in (read_users, list_users):
        with pytest.raises(ValueError, match=why) as caught:
            function(file)
        assert str(caught.value).endswith(".")
        assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there_is_explained(tmp_path: Path):
    with pytest.raises(ValueError, match="can't be read: No such file"):
        read_users(tmp_path / "none")
    with pytest.raises(ValueError, match="There is no user 'ann' in"):
        remove_user(tmp_path / "none", "ann")
    with pytest.raises(ValueError, match="can't be written: "):
        add_user(tmp_path / "none" / "users", "ann", SECRET)
