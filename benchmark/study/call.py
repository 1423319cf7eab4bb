"""Runs a study from Python."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.study.options import DEFAULTS
from emobench.study.result import RunResult
from emobench.study.results_folder import StoredResults
from emobench.study.threads import one_thread

if TYPE_CHECKING:
    from emobench.callbacks.callback import Callback

PathLike = str | Path
Names = PathLike | Sequence[PathLike]
"""A name or a path, several joined by commas, or a list of them."""


def run(
    models: Names = DEFAULTS.models,
    protocol: Names = DEFAULTS.protocol,
    dataset: Names | None = DEFAULTS.dataset,
    *,
    auxiliary: str | None = DEFAULTS.auxiliary,
    seeds: int = DEFAULTS.seeds,
    folds: int | None = DEFAULTS.folds,
    dev_folds: int | None = DEFAULTS.dev_folds,
    jobs: int | None = DEFAULTS.jobs,
    executor: PathLike = DEFAULTS.executor,
    ray_address: str | None = DEFAULTS.ray_address,
    shard: str | None = DEFAULTS.shard,
    track: str = DEFAULTS.track,
    variant: str | Sequence[str] = DEFAULTS.variant,
    backbone: str | Sequence[str] = DEFAULTS.backbone,
    encoder: str | Sequence[str] = DEFAULTS.encoder,
    epochs: int | None = DEFAULTS.epochs,
    bad_clips: str = DEFAULTS.bad_clips,
    data_dir: PathLike | None = DEFAULTS.data_dir,
    cache_dir: PathLike | None = DEFAULTS.cache_dir,
    results: PathLike = DEFAULTS.results,
    device: str = DEFAULTS.device,
    masks: PathLike | None = DEFAULTS.masks,
    retry_failed: bool = DEFAULTS.retry_failed,
    save_every: int = DEFAULTS.save_every,
    processes: int = DEFAULTS.processes,
    timeout: str | None = DEFAULTS.timeout,
    memory: str | None = DEFAULTS.memory,
    watch: bool = DEFAULTS.watch,
    verify_data: bool = DEFAULTS.verify_data,
    tune: int | None = DEFAULTS.tune,
    halving: bool = DEFAULTS.halving,
    inner: int | None = DEFAULTS.inner,
    callbacks: PathLike | Callback | Sequence[PathLike | Callback] = DEFAULTS.callbacks,
) -> RunResult:
    """Train and evaluate what the results lack, and render the leaderboard: ``emobench run``.

    The parameters are the options of the command, which ``docs/cli.md`` describes. Where that takes
    names joined by commas, or an option several times, a list does too. Callbacks can be objects.

    Returns
    -------
    RunResult
        Scores, predictions and comparisons of what was asked for; ``failures`` lists failed cells.

    Raises
    ------
    RequestError
        The request makes no sense; the message is that of the command.
    KeyboardInterrupt
        Somebody stopped it; what is finished is stored, and the same call goes on from there.
    """
    asked = dict(locals())
    from emobench.callbacks.choice import separate
    from emobench.study.request import Study
    from emobench.study.validation import run_options

    asked["callbacks"], objects = separate(callbacks)
    return _run(Study((run_options(asked),), Path.cwd(), objects=objects))


def run_file(path: PathLike, **options: Any) -> RunResult:
    """Run the study in a TOML file: ``emobench run FILE``.

    Parameters
    ----------
    path
        The file. Its relative paths start from its folder.
    options
        Options of `run` that take the place of the file's; callbacks that are objects are called
        beside the file's.

    Raises
    ------
    RequestError
        Something in the file makes no sense; the message has its line.
    """
    from emobench.callbacks.choice import separate
    from emobench.study.file import read_study

    words, objects = separate(options.pop("callbacks", None))
    typed = options | ({"callbacks": words} if words else {})
    return _run(dataclasses.replace(read_study(Path(path), typed), objects=objects))


def open_results(folder: PathLike = DEFAULTS.results) -> StoredResults:
    """Open a results folder: all that is stored there, without running anything.

    Parameters
    ----------
    folder
        What ``--results`` names.

    Raises
    ------
    RequestError
        There is no such folder.
    """
    from emobench.errors import RequestError

    if not Path(folder).is_dir():
        raise RequestError(f"There is no results folder {folder}.")
    return StoredResults(folder)


def _run(study: Any) -> RunResult:
    from emobench.study.run import STOPPED, run_study

    try:
        with one_thread():
            return RunResult(study, run_study(study))
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        raise
