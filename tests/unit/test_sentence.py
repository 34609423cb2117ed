"""A text that knows what it was made of."""

from __future__ import annotations

import json

from server_core.refusals import Refusal
from server_core.sentence import Mistake, Sentence


def test_it_is_the_text_and_knows_template_and_values():
    sentence = Sentence("{what} must be at least {least:g}, not {text!r}.", what="It", least=2.0, text="1")
    assert sentence == "It must be at least 2, not '1'."
    assert sentence.template == "{what} must be at least {least:g}, not {text!r}."
    assert sentence.values == {"what": "It", "least": 2.0, "text": "1"}


def test_values_are_put_in_as_they_are():
    assert Sentence("{text} is a file.", text="{braces}") == "{braces} is a file."


def test_the_message_of_an_error_is_still_the_sentence():
    mistake = Mistake("{name} is unknown.", name="ann")
    assert isinstance(mistake, ValueError)
    said = str(mistake)
    assert isinstance(said, Sentence)
    assert (said, said.values) == ("ann is unknown.", {"name": "ann"})


def test_a_refusal_without_a_detail_is_its_row_and_one_with_it_is_both():
    assert not isinstance(Refusal("not-found").sentence, Sentence)
    detailed = Refusal("range", Sentence(" It has {size} bytes.", size=9)).sentence
    assert isinstance(detailed, Sentence)
    assert detailed == "The range lies outside the file. It has 9 bytes."
    assert detailed.values["detail"].values == {"size": 9}


def test_for_all_else_it_is_a_text():
    sentence = Sentence("{name}: a", name="b")
    assert json.dumps([sentence]) == '["b: a"]'
    assert f"{sentence}!" == "b: a!"
    assert {sentence: 1} == {"b: a": 1}
