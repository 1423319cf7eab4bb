"""Words after --dataset and --auxiliary, and what they ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench import MODALITIES, Folders, RequestError
from emobench.corpus.joint.dataset import JointRequest
from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.registry import registry

FOLDERS = Folders(Path("data"), Path("cache"))
NAMES = sorted(registry("dataset"))


def labels(words: str, auxiliary: str | None = None, folds: int | None = None) -> list[str]:
    return [request.label for request in corpus_requests(words, auxiliary, folds, FOLDERS)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.lists(st.sampled_from(MODALITIES), unique=True, max_size=3),
        ),
        min_size=2,
        max_size=len(NAMES),
        unique_by=lambda member: member[0],
    )
)
def test_a_label_asks_for_the_same_again(members: list[tuple[str, list[str]]]) -> None:
    words = "+".join(f"{'&'.join(m)}={name}" if m else name for name, m in members)
    (request,) = corpus_requests(words, None, None, FOLDERS)
    assert isinstance(request, JointRequest)
    assert [m.request.label for m in request.members] == [name for name, _ in members]
    assert [set(m.modalities) for m in request.members] == [set(m) for _, m in members]
    assert corpus_requests(request.label, None, None, FOLDERS) == [request]


def test_ordinary_words_are_ordinary_requests() -> None:
    assert labels("ravdess,meld,ravdess") == ["ravdess", "meld"]
    assert labels("*e*") == [n for n in registry("dataset") if "e" in n and n != "manifest"]
    (request,) = corpus_requests("simulated:size=42:seed=1", None, None, FOLDERS)
    assert request.label == "simulated:seed=1:size=42"
    assert not isinstance(request, JointRequest)


def test_modalities_stand_in_the_fixed_order_and_options_stay_with_their_member() -> None:
    found = labels("vision&text=simulated:size=42:seed=1+audio=ravdess")
    assert found == ["text&vision=simulated:seed=1:size=42+audio=ravdess"]


def test_every_corpus_gets_the_auxiliary_ones() -> None:
    found = labels("meld,simulated,text=meld+audio=ravdess", "vision=fer2013")
    assert found == [
        "meld+auxiliary(vision=fer2013)",
        "simulated+auxiliary(vision=fer2013)",
        "text=meld+audio=ravdess+auxiliary(vision=fer2013)",
    ]


def test_folds_are_drawn_on_one_corpus_with_others_as_auxiliary() -> None:
    assert labels("ravdess", "text=meld", folds=4) == ["ravdess+auxiliary(text=meld)"]
    with pytest.raises(RequestError, match="--folds 4: the joint corpus text=meld"):
        labels("text=meld+audio=ravdess", folds=4)


def test_a_path_with_a_plus_sign_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a+b" / "mine.py"
    path.parent.mkdir()
    path.write_text(
        "from emobench import Dataset, DatasetCard\n"
        "class Mine(Dataset):\n"
        "    card = DatasetCard(name='mine', title='', classes=('a',), modalities=('text',),\n"
        "        licence='', obtain='', split='')\n"
    )
    assert labels(str(path)) == ["mine"]


@pytest.mark.parametrize(
    ("words", "auxiliary", "expected"),
    [
        ("txt=meld+audio=ravdess", None, "Unknown modality 'txt'. Did you mean 'text'?"),
        ("text&=meld+ravdess", None, "Unknown modality ''"),
        ("text=mled+audio=ravdess", None, "Unknown dataset 'mled'. Did you mean 'meld'"),
        ("text=meld+audio=ravdes", None, "Did you mean 'ravdess'?"),
        ("text=simulated:sise+meld", None, "options are written NAME:key=value"),
        ("text=meld+", None, "the member '' names no corpus"),
        ("+", None, "the member '' names no corpus"),
        ("text=", None, "the member 'text=' names no corpus"),
        ("text=*+meld", None, "the member 'text=*' names several corpora"),
        ("text=meld+audio=meld", None, "meld is named more than once in one joint corpus"),
        ("meld", "text=meld", "meld is named more than once in one joint corpus"),
        ("text=meld+ravdess", "ravdess", "ravdess is named more than once"),
        ("meld", "", "the member '' names no corpus"),
        ("meld", "ravdess,fer2013", "names several corpora; members are MODALITY=NAME"),
        ("meld", "vision=fer2031", "Unknown dataset 'fer2031'. Did you mean 'fer2013'?"),
        (",", None, "No dataset was named"),
    ],
)
def test_words_that_make_no_sense(words: str, auxiliary: str | None, expected: str) -> None:
    with pytest.raises(RequestError) as error:
        labels(words, auxiliary)
    assert expected in str(error.value)
