"""Corpora joined in what they have in the same form."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from emobench.corpus.joint.join import join_corpora
from emobench.errors import RequestError


@dataclass
class Request:
    label: str
    entry: str = "entry"
    options: tuple[()] = ()
    folders: str = "folders"


class Real:
    def generating_process(self) -> None:
        return None


@dataclass
class Opened:
    """What joining looks at of a corpus."""

    request: Request
    sources: dict[str, tuple[str, ...]]
    member_names: tuple[str, ...] = ()
    dataset: Real = field(default_factory=Real)

    @property
    def modalities(self) -> tuple[str, ...]:
        return tuple(self.sources)


A = Opened(Request("a"), {"text": ("transcript",), "vision": ("action_units",)})
B = Opened(Request("b"), {"text": ("transcript",), "vision": ("frames",)})
C = Opened(Request("c"), {"text": ("transcript",)})
D = Opened(Request("d"), {"vision": ("frames",)})


def test_what_comes_in_different_forms_is_left_out() -> None:
    assert join_corpora([A, B]).label == "text=a+text=b"  # type: ignore[list-item]
    assert join_corpora([A, C]).label == "a+c"  # type: ignore[list-item]
    assert join_corpora([B, D]).label == "b+d"  # type: ignore[list-item]


def test_a_corpus_that_has_nothing_beside_the_others_is_refused() -> None:
    with pytest.raises(RequestError, match="d has no modality in the same form as a"):
        join_corpora([A, D])  # type: ignore[list-item]
    with pytest.raises(RequestError, match="is a joint corpus already"):
        join_corpora([A, Opened(Request("a+b"), A.sources, ("a", "b"))])  # type: ignore[list-item]
