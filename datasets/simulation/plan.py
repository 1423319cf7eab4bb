"""The plan of the corpus: speaker, split and expressed classes of each utterance.

Everything that is random has a generator of its own, keyed by what it belongs to, so nothing
depends on the order in which utterances are made. Nothing in the plan but the expressed classes
depends on the label, and a modality is rendered from what it itself expresses alone: given the
expressed classes, the signals say nothing more about the label, unless `speaker_bias` makes the
speaker informative. The duration in particular is
drawn apart from the emotion. Were it shorter for fast, excited speech, the number of face frames
would tell a model of the face what the voice expresses, and it could beat the oracle.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import FRAME_RATE, MODALITIES, SAMPLE_RATE, random_stream
from emobench.datasets.simulation.options import Options
from emobench.datasets.simulation.perception import (
    CLASSES,
    Floats,
    Ints,
    ambiguities,
    confusion_tables,
    express,
    label_prior,
)

_STREAMS: Final = ("plan", "labels", "speaker", "text", "audio", "vision", "lean", "ease")
_SHORTEST, _LONGEST = 1.2, 2.8
"""Seconds an utterance lasts."""


def generator(seed: int, stream: str, speaker: int, utterance: int = 0) -> np.random.Generator:
    """Return the generator of one stream of one speaker or utterance."""
    key = (_STREAMS.index(stream), speaker, utterance)
    return random_stream(seed, *key)


def split_of_speakers(speakers: int) -> NDArray[np.str_]:
    """Return train, dev or test per speaker [S]: 4, 1 and 2 of seven, one each at least."""
    dev = max(1, round(speakers / 7))
    test = max(1, round(2 * speakers / 7))
    return np.repeat(["train", "dev", "test"], [speakers - dev - test, dev, test])


def _balanced_labels(size: int, prior: Floats) -> Ints:
    """Return [size] labels; every stretch of them follows the prior as closely as possible."""
    labels = np.empty(size, dtype=np.int64)
    counts = np.zeros(len(prior))
    for i in range(size):
        labels[i] = np.argmax(prior * (i + 1) - counts)
        counts[labels[i]] += 1
    return labels


def _shuffle_within(speaker: Ints, labels: Ints, seed: int) -> Ints:
    """Shuffle labels among each speaker's utterances, so that their order is uninformative."""
    shuffled = labels.copy()
    for s in np.unique(speaker):
        rows = np.flatnonzero(speaker == s)
        shuffled[rows] = generator(seed, "labels", int(s)).permutation(labels[rows])
    return shuffled


def _lean_speakers(
    speaker: Ints, labels: Ints, split: NDArray[np.str_], prior: Floats, bias: float, seed: int
) -> Ints:
    """Give each speaker's own class to a share `bias` of his utterances.

    Speakers' classes are drawn independently of voices and faces, by the prior in every split.
    """
    leaning = labels.copy()
    own = np.empty(len(split), dtype=np.int64)
    for part in np.unique(split):
        here = np.flatnonzero(split == part)
        draw = generator(seed, "lean", int(here[0]), 1)
        own[here] = draw.permutation(_balanced_labels(len(here), prior))
    for s in np.unique(speaker):
        rows = generator(seed, "lean", int(s)).permutation(np.flatnonzero(speaker == s))
        leaning[rows[: round(bias * len(rows))]] = own[s]
    return leaning


def _kept_modalities(uniform: Floats, missing: float) -> NDArray[np.bool_]:
    """Return whether each utterance has each modality [N, 3], at least one of them.

    Modalities go missing independently with probability p, and utterances that would lose all
    are left out of the draw; p is such that the share that is missing is `missing` exactly:
    ``p (1 - p²) / (1 - p³) = missing``.
    """
    patterns = np.array([[(i >> m) & 1 for m in range(3)] for i in range(7, 0, -1)], dtype=bool)
    rest = 1.0 - missing
    p = (np.sqrt(rest * rest + 4.0 * missing * rest) - rest) / (2.0 * rest)
    weights = np.where(patterns, 1.0 - p, p).prod(1)
    edges = np.cumsum(weights / weights.sum())[:-1]
    return patterns[np.searchsorted(edges, uniform, side="right")]


def _expressed(speaker: Ints, labels: Ints, options: Options, uniforms: Floats) -> Ints:
    """Draw what each modality expresses [N, 3], from the tables of each speaker's own ambiguity."""
    levels = ambiguities(options.ambiguity, options.speaker_ease)
    own = np.array(
        [
            generator(options.seed, "ease", s).integers(len(levels)) if len(levels) > 1 else 0
            for s in range(options.speakers)
        ]
    )[speaker]
    expressed = np.empty((len(labels), 3), dtype=np.int64)
    for level, ambiguity in enumerate(levels):
        rows = own == level
        tables = confusion_tables(ambiguity)
        expressed[rows] = express(labels[rows], tables, options.redundancy, uniforms[rows])
    return expressed


def draw_plan(options: Options) -> pd.DataFrame:
    """Return the utterance table without transcripts.

    Columns: ``id, speaker, group, label, split``, ``expressed_text``, ``expressed_audio``,
    ``expressed_vision`` (class names, empty if the corpus lacks it), and what the renderers
    need: ``speaker_index``, ``utterance_index``, ``samples`` and ``frames`` (lengths; 0 if the
    corpus lacks it).
    """
    n, seed = options.size, options.seed
    ends = np.arange(1, options.speakers + 1) * n // options.speakers
    counts = np.diff(ends, prepend=0)
    speaker = np.repeat(np.arange(options.speakers), counts)
    within = np.arange(n) - np.repeat(ends - counts, counts)
    prior, split = label_prior(options.imbalance), split_of_speakers(options.speakers)
    labels = _shuffle_within(speaker, _balanced_labels(n, prior), seed)
    if options.speaker_bias:
        labels = _lean_speakers(speaker, labels, split, prior, options.speaker_bias, seed)
    uniforms = np.stack(
        [
            generator(seed, "plan", int(s), int(u)).random(7)
            for s, u in zip(speaker, within, strict=True)
        ]
    )
    expressed = _expressed(speaker, labels, options, uniforms[:, :5])
    kept = _kept_modalities(uniforms[:, 5], options.missing)
    seconds = _SHORTEST + (_LONGEST - _SHORTEST) * uniforms[:, 6]
    names = np.array(CLASSES)
    speaker_names = [f"spk{s:03d}" for s in speaker]
    table = pd.DataFrame(
        {
            "id": [f"{s}_utt{u:04d}" for s, u in zip(speaker_names, within, strict=True)],
            "speaker": speaker_names,
            "group": speaker_names,
            "label": names[labels],
            "split": split[speaker],
        }
    )
    for m, modality in enumerate(MODALITIES):
        table[f"expressed_{modality}"] = np.where(kept[:, m], names[expressed[:, m]], "")
    table["speaker_index"], table["utterance_index"] = speaker, within
    table["samples"] = np.where(kept[:, 1], np.round(seconds * SAMPLE_RATE), 0).astype(np.int64)
    table["frames"] = np.where(kept[:, 2], np.round(seconds * FRAME_RATE), 0).astype(np.int64)
    return table
