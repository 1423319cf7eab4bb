"""`emobench.load`: a trained model, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.inference.trained_model import TrainedModel

if TYPE_CHECKING:
    from emobench.inference.choice import TrainingChoice

PathLike = str | Path


def load(
    source: PathLike,
    model: PathLike | None = None,
    *,
    regime: str | None = None,
    variant: str | None = None,
    dataset: str | None = None,
    track: str | None = None,
    protocol: str | None = None,
    fold: int | None = None,
    seed: int | None = None,
    training: str | None = None,
    model_file: PathLike | None = None,
    encoder: str | Sequence[str] = (),
    trust: bool = False,
    device: str = "cpu",
    jobs: int | None = None,
    data_dir: PathLike | None = None,
    cache_dir: PathLike | None = None,
) -> TrainedModel:
    """Load what was trained, with the preparation of its inputs, to predict new clips.

    Parameters
    ----------
    source
        A results folder, or a folder that ``emobench export`` or `TrainedModel.export` wrote.
    model
        The row, as the leaderboard calls it; of a file of your own its path, with options behind
        it. Only what tells stored trainings apart has to be said; so of all that follows.
    regime, variant, dataset, track, protocol
        As the leaderboard calls them.
    fold, seed
        Which training of the row. Default: the first that is stored.
    training
        The name of a training's folder, or its first letters, in the place of all that.
    model_file
        The file of a user's model.
    encoder
        Files of representations of somebody's own that it read, as ``audio=mine.py``.
    trust
        Whether a model's file in an exported folder may be run. It can do anything that you can.
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    jobs, data_dir, cache_dir
        As in `run`, for the corpus of the training; an exported folder needs none of them.

    Raises
    ------
    RequestError
        Nothing or several trainings fit (they are listed); or code, corpus or libraries differ.
    """
    from emobench.discovery.chosen_features import parse
    from emobench.inference.choice import TrainingChoice

    for word in (encoder,) if isinstance(encoder, str) else encoder:
        parse(word)  # which makes the representation known
    named = None if model is None else str(model)
    choice = TrainingChoice(named, variant, track, dataset, protocol, regime, fold, seed, training)
    places = [None if place is None else Path(place) for place in (model_file, data_dir, cache_dir)]
    return _loaded(Path(source), choice, places, trust, device, jobs or 1)


def _loaded(
    source: Path,
    choice: TrainingChoice,
    places: Sequence[Path | None],
    trust: bool,
    device: str,
    jobs: int,
) -> TrainedModel:
    """Load it; `places`: the model's file, and the folders of corpora and of prepared data."""
    from emobench.corpus.folders import folders
    from emobench.inference.loader import load_any
    from emobench.study.executor import checked_device

    file, data, cache = places
    where, place = folders(data, cache), checked_device(device, here=True)
    return load_any(source, choice, where, file, trust, place, jobs)
