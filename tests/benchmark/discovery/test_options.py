from __future__ import annotations

from dataclasses import dataclass

import pytest

from emobench import RequestError
from emobench.discovery.options import with_options


@dataclass(frozen=True)
class Options:
    size: int = 1
    rate: float = 0.5
    name: str = "x"
    flag: bool = False


@dataclass(frozen=True)
class Derived(Options):
    more: int = 0


def test_values_are_cast_to_the_fields_types():
    typed = {"size": "7", "rate": "1e-3", "name": "7", "flag": "true", "more": "2"}
    assert with_options(Derived(), typed, "model m") == Derived(7, 0.001, "7", True, 2)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("1", True), ("0", False)]
)
def test_truth_values_are_words_or_digits(text, value):
    assert with_options(Options(flag=not value), {"flag": text}, "m").flag is value


def test_what_is_not_named_stays():
    base = Options(size=9)
    assert with_options(base, {"rate": "0.1"}, "m") == Options(size=9, rate=0.1)
    assert with_options(base, {}, "m") is base


@pytest.mark.parametrize(
    ("key", "text", "kind"),
    [
        ("size", "2.5", "int"),
        ("size", "", "int"),
        ("rate", "fast", "float"),
        ("flag", "yes", "bool"),
    ],
)
def test_a_value_of_the_wrong_type_names_option_owner_and_type(key, text, kind):
    with pytest.raises(RequestError, match=rf"'{key}' of the model m must be of type {kind}"):
        with_options(Options(), {key: text}, "model m")


def test_an_unknown_option_gets_a_suggestion():
    with pytest.raises(RequestError, match=r"option of the model m 'sise'. Did you mean 'size'"):
        with_options(Options(), {"sise": "1"}, "model m")


@pytest.mark.parametrize("word", ["tune", "tuned"])
def test_a_search_is_no_option_of_a_model_and_the_error_names_the_one_to_use(word):
    with pytest.raises(RequestError, match="use --tune 4"):
        with_options(Options(), {word: "4"}, "model m")


def test_something_without_options_says_so():
    with pytest.raises(RequestError, match="dataset d takes no options, got size"):
        with_options(None, {"size": "1"}, "dataset d")
    assert with_options(None, {}, "dataset d") is None
