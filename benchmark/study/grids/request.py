"""From the options of a grid to its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobench.corpus.joint.request import corpus_requests
from emobench.discovery.registry import Entry, resolve
from emobench.errors import RequestError
from emobench.interface.card import VARIANTS
from emobench.interface.dataset import Folders
from emobench.study.backbone import with_backbones
from emobench.study.corpus import default_dataset
from emobench.study.executor import executor_choice, kept_limits
from emobench.study.options import RunOptions

if TYPE_CHECKING:
    from emobench.grid.plan.request import Request, SearchRequest


def refuse_early(typed: RunOptions) -> None:
    """Refuse what can be refused before a corpus is opened and torch is imported."""
    from emobench.grid.plan.shard import parse_shard
    from emobench.store.store import Store

    if typed.jobs is not None and typed.jobs < 1:
        raise RequestError(f"--jobs must be at least 1, got {typed.jobs}.")
    parse_shard(typed.shard)
    executor_choice(typed)
    kept_limits(typed)
    if typed.address is None:
        Store(typed.folder).check()


def grid_request(typed: RunOptions, where: Folders) -> Request:
    """Return what the options of a grid ask for.

    Raises
    ------
    RequestError
        A name is unknown, or options contradict one another.
    """
    chosen = [(e, _with_epoch_cap(e, o, typed.epochs)) for e, o in resolve("model", typed.models)]
    if typed.backbone:
        chosen = with_backbones(chosen, typed.backbone)
    protocols = resolve("protocol", typed.protocol)
    words = typed.dataset or default_dataset()
    corpora = corpus_requests(words, typed.auxiliary, typed.folds, where)

    from emobench.conditions.mask_set import read_masks
    from emobench.discovery.chosen_features import parse
    from emobench.grid.plan.request import Request
    from emobench.grid.plan.shard import parse_shard

    asked = tuple(v.strip() for v in typed.variant.split(","))
    return Request(
        models=chosen,
        protocols=protocols,
        corpora=corpora,
        seeds=typed.seeds,
        folds=typed.folds,
        dev_folds=typed.dev_folds,
        track=typed.track,
        variants=VARIANTS if typed.variant == "both" else asked,
        save_every=typed.save_every,
        processes=typed.processes,
        bad_clips=typed.bad_clips,
        retry_failed=typed.retry_failed,
        encoders=tuple(parse(word) for word in typed.encoder),
        masks=read_masks(typed.masks) if typed.masks is not None else None,
        search=_search(typed),
        shard=parse_shard(typed.shard),
        limits=kept_limits(typed),
    )


def _search(typed: RunOptions) -> SearchRequest | None:
    from emobench.grid.plan.request import SearchRequest

    if typed.tune is not None:
        return SearchRequest(typed.tune, typed.halving, typed.inner or 0)
    if typed.halving or typed.inner is not None:
        option = "--halving" if typed.halving else f"--inner {typed.inner}"
        raise RequestError(f"{option} is about a search; say how many trials with --tune N.")
    return None


def _with_epoch_cap(entry: Entry, options: dict[str, str], epochs: int | None) -> dict[str, str]:
    """Add the cap on epochs to the options, so that the row's name shows the shorter training.

    Rows that are solved in closed form have no epochs.
    """
    solved = getattr(entry.card, "closed_form", False)
    return options if epochs is None or solved else options | {"epochs": str(epochs)}
