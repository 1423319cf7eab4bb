"""``emobench masks``: exports the masks of the missing rates, for others to evaluate on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emobench.cli.completion import values
from emobench.cli.folders import CacheDir, DataDir, folders
from emobench.cli.terminal.voice import Quiet, Voice
from emobench.errors import RequestError

if TYPE_CHECKING:
    from emobench.corpus.preparation.extract import Prepared
    from emobench.interface.protocol import Condition

masks = typer.Typer(
    help="Which modalities every test utterance shows under the missing rates, as a file.",
    no_args_is_help=True,
)


@masks.callback()
def root() -> None:
    """Make `export` a subcommand, although it is the only command."""


@masks.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write (JSON).")],
    dataset: Annotated[
        str | None,
        typer.Option(
            help="The corpus, with options; by default that of emobench run.",
            autocompletion=values.corpus,
        ),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(help="Group-disjoint folds instead of the corpus's own split.")
    ] = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    quiet: Quiet = False,
) -> None:
    """Write the masks that `emobench run` draws, stamped with a digest."""
    from emobench.cli.progress import screen
    from emobench.conditions.mask_set import write_masks
    from emobench.corpus.corpus import open_corpus
    from emobench.corpus.joint.request import corpus_requests
    from emobench.corpus.preparation.extract import prepare
    from emobench.executors.in_process import InProcess
    from emobench.study.corpus import default_dataset

    requests = corpus_requests(
        dataset or default_dataset(), None, folds, folders(data_dir, cache_dir)
    )
    if len(requests) != 1:
        raise RequestError("A mask set is for one corpus: name one with --dataset.")
    voice = Voice(quiet)
    with screen(1, voice=voice) as display, InProcess() as executor:
        corpus = open_corpus(requests[0], display.prepare)
        target = prepare(corpus, (), executor, display.prepare)
    kept = drawn_masks(target, folds)
    try:
        digest = write_masks(out, corpus.request.label, corpus.modalities, kept)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}.") from None
    count = len(next(iter(kept.values()), {}))
    voice.say(f"{len(kept)} conditions, {count} test utterances, digest {digest}")
    told = f"The masks are in {out}; evaluate on them with: emobench run --masks {out} …"
    voice.made(out, told)


def drawn_masks(target: Prepared, folds: int | None) -> dict[str, dict[str, list[bool]]]:
    """Mask ``[M]`` by condition and utterance id, for every drawn condition of every protocol."""
    from emobench.conditions.masks import condition_mask
    from emobench.corpus.split import policy, split

    corpus = target.corpus
    rule = policy(corpus, folds)
    tested = sorted({int(r) for f in range(rule.folds) for r in split(corpus, rule, f).test})
    rows = [row for row in tested if target.available[row].any()]
    ids = [corpus.ids[row] for row in rows]
    found = {}
    for condition in _drawn_conditions(corpus.modalities):
        mask = condition_mask(condition, ids, corpus.modalities, target.available[rows])
        shown = (row.tolist() for row in mask)
        found[condition.drawn] = dict(zip(ids, shown, strict=True))
    if not found:
        raise RequestError(f"{corpus.request.label} has one modality: nothing is drawn.")
    return found


def _drawn_conditions(modalities: tuple[str, ...]) -> list[Condition]:
    """The conditions of the built-in protocols whose masks are drawn."""
    from emobench.discovery.registry import registry
    from emobench.interface.protocol import Setting

    found: dict[float, Condition] = {}
    for entry in registry("protocol").values():
        for trial in entry.load()().trials(Setting(modalities)):
            if trial.condition.rate > 0:
                found.setdefault(trial.condition.rate, trial.condition)
    return [found[rate] for rate in sorted(found)]
