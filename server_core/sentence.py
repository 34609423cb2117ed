"""What is said to people, so that it can be said in another language: this package itself speaks English."""

from __future__ import annotations


class Sentence(str):
    """A sentence, or a part of one, that knows the template and the values it was made of.

    A window looks the template up in its own language and puts the values in (``gui/translation.py``); for
    all else it is a text. It stays one as the message of an exception: ``str(error)`` is the Sentence.
    """

    __slots__ = ("template", "values")

    template: str
    """The English one, with names in braces: a literal where it is written, so that it can be collected."""
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Sentence:  # noqa: PYI034 - Self is newer
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made

    def __str__(self) -> str:
        return self


class Mistake(ValueError):
    """What a person got wrong, as one Sentence: what it was and what to do."""

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(Sentence(template, **values))
