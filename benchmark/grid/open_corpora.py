"""The corpora that a process keeps open, and their folds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.inner_folds import inner_split
from emobench.corpus.leakage.flawed_splits import flawed_view
from emobench.corpus.preparation.extract import prepared
from emobench.corpus.split import SplitPolicy, split
from emobench.corpus.view import FoldView, fold_view

Progress = Callable[[str, int, int], None]


class OpenCorpora:
    """Opens each corpus once and keeps it open.

    Parameters
    ----------
    most
        Number of corpora to keep, the most recently used, with the folds of the last one only;
        None keeps everything.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self._corpora: OrderedDict[str, Corpus] = OrderedDict()
        self._views: dict[tuple[str, ...], FoldView] = {}

    def get(self, request: CorpusRequest, progress: Progress | None = None) -> Corpus:
        """Return the corpus of `request`, opened now or before."""
        if request.key not in self._corpora:
            self._corpora[request.key] = open_corpus(request, progress)
        self._corpora.move_to_end(request.key)
        while self.most is not None and len(self._corpora) > self.most:
            self._corpora.popitem(last=False)
        return self._corpora[request.key]

    def view(
        self,
        request: CorpusRequest,
        policy: SplitPolicy,
        fold: int,
        inputs: Mapping[str, tuple[str, ...]],
        flaw: str = "",
        inner: tuple[int, int] | None = None,
    ) -> FoldView:
        """Return one fold of a corpus whose representations are prepared.

        `inner`: number and count of an inner fold of its train and dev parts, if one is meant.
        """
        which = str(inner) if inner else flaw
        key = (request.key, policy.name, str(fold), str(sorted(inputs.items())), which)
        if key not in self._views:
            if self.most is not None:
                self._keep_views_of(request)
            corpus, read = self.get(request), dict(inputs)
            if inner is not None:
                parts = inner_split(corpus, split(corpus, policy, fold), *inner)
                self._views[key] = fold_view(prepared(corpus), parts, read)
            else:
                self._views[key] = _open_view(corpus, policy, fold, read, flaw)
        return self._views[key]

    def clear(self) -> None:
        """Close everything."""
        self._corpora.clear()
        self._views.clear()

    def forget(self, request: CorpusRequest) -> None:
        """Close the corpus of `request`, so that its next use opens it anew."""
        self._corpora.pop(request.key, None)
        self._views = {key: view for key, view in self._views.items() if key[0] != request.key}

    def _keep_views_of(self, request: CorpusRequest) -> None:
        """Drop the folds of other corpora: they hold features in memory."""
        self._views = {key: view for key, view in self._views.items() if key[0] == request.key}


def _open_view(
    corpus: Corpus, policy: SplitPolicy, fold: int, inputs: dict[str, tuple[str, ...]], flaw: str
) -> FoldView:
    if flaw:
        return flawed_view(prepared(corpus), policy, fold, inputs, flaw)
    return fold_view(prepared(corpus), split(corpus, policy, fold), inputs)
