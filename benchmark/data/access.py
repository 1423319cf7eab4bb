"""Opens a single corpus, with its representations where they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from emobench.errors import RequestError, unknown

if TYPE_CHECKING:
    from emobench.corpus.corpus import Corpus, CorpusRequest
    from emobench.corpus.preparation.extract import Prepared
    from emobench.interface.dataset import Folders

Progress = Callable[[str, int, int], None]


def single_request(name: str, where: Folders) -> CorpusRequest:
    """Request of the single corpus that `name` names.

    Raises
    ------
    RequestError
        It names several, or none.
    """
    from emobench.corpus.joint.request import corpus_requests

    requests = corpus_requests(name, None, None, where)
    if len(requests) != 1:
        raise RequestError(f"{name!r} names {len(requests)} corpora; name a single one.")
    return requests[0]


def open_prepared(
    name: str,
    where: Folders,
    workers: int,
    names: Sequence[str] | None,
    progress: Progress,
    encoders: Sequence[str] = (),
    device: str = "cpu",
    shown: Sequence[str] = (),
) -> Prepared:
    """Open a corpus and prepare `names` (None: all); every source is read anyway.

    Of the representations `shown` the corpus must be able to give each.

    Raises
    ------
    RequestError
        It is no single corpus, cannot be read, or cannot give what is to be shown.
    """
    from emobench.corpus.corpus import open_corpus
    from emobench.corpus.preparation.extract import prepare
    from emobench.discovery.representations import possible
    from emobench.executor import DEFAULT, open_executor

    request = single_request(name, where)
    with open_executor(DEFAULT, workers) as executor:
        corpus = open_corpus(request, progress)
        check_representations(corpus, shown)
        wanted = possible(corpus.sources)[0] if names is None else names
        return prepare(corpus, [*wanted, *encoders], executor, progress, device)


def check_representations(corpus: Corpus, names: Sequence[str]) -> None:
    """Refuse representations that nobody knows or that this corpus cannot give.

    Raises
    ------
    RequestError
        The message lists those that it can give.
    """
    here = shown_by_default(corpus)
    for name in names:
        if name not in here:
            raise unknown(f"representation of {corpus.request.label}", name, here)


def shown_by_default(corpus: Corpus) -> list[str]:
    """Every representation of a corpus whose values can be averaged."""
    from emobench.discovery.representations import is_discrete, possible, representation

    extracted, fitted = possible(corpus.sources)
    names = [*extracted, *fitted]
    return [n for n in names if not is_discrete(n) and not representation(n).reference_only]
