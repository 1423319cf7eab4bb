"""The fixture of all checks: the toy corpus, opened and prepared like any corpus."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from emobench.contract import toy_corpus
from emobench.contract.toy_corpus import ToyCorpus
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.split import Split, policy, split
from emobench.corpus.view import FoldView, fold_view
from emobench.discovery.registry import Entry
from emobench.discovery.representations import extracted
from emobench.executors.in_process import InProcess
from emobench.interface.dataset import Folders


class ContractFixture:
    """The toy corpus in a temporary folder that is removed together with this object."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="emobench-check-")
        root = Path(self._folder.name)
        entry = Entry(
            kind="dataset",
            name=ToyCorpus.card.name,
            card=ToyCorpus.card,
            path=Path(toy_corpus.__file__),
            module=toy_corpus.__name__,
            class_name=ToyCorpus.__name__,
        )
        request = CorpusRequest(entry, (), Folders(root / "data", root / "cache"))
        self.corpus: Corpus = open_corpus(request)
        self.parts: Split = split(self.corpus, policy(self.corpus, None), 0)

    def view(self, inputs: dict[str, tuple[str, ...]]) -> FoldView:
        """Prepare the representations in `inputs` and open the fold with them."""
        names = {name for chosen in inputs.values() for name in chosen}
        target = prepare(self.corpus, extracted(names), InProcess())
        return fold_view(target, self.parts, inputs)


@cache
def contract_fixture() -> ContractFixture:
    """The fixture of this process, opened once."""
    return ContractFixture()
