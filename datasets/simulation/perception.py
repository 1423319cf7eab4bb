"""The generating process: what each modality expresses, given what was meant.

A modality m expresses class k for the label y with probability ``C_m[y, k]``. The tables of
`audio` and `vision` are measured: they are the votes of the CREMA-D raters [1]_, who heard a
voice without its face or saw a face without its voice, aggregated by us over all clips (rows:
what the actor was asked to show; columns: what a rater saw; CREMA-D is published under the Open
Database License 1.0). The table of `text` is a design choice of ours and measures nothing: words
name the emotion in 55 % of the utterances, are neutral in 25 %, and mislead in the rest.

References
----------
.. [1] H. Cao, D. G. Cooper, M. K. Keutmann, R. C. Gur, A. Nenkova, R. Verma. CREMA-D:
   Crowd-sourced emotional multimodal actors dataset. IEEE Transactions on Affective Computing
   5(4), 377-390, 2014.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench import MODALITIES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASSES: Final = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")

VOICE_VOTES: Final = (
    (6289, 2496, 602, 225, 2080, 130),
    (1403, 3319, 1065, 319, 4369, 1117),
    (745, 736, 3726, 345, 4446, 1611),
    (809, 869, 942, 3341, 5198, 381),
    (396, 602, 514, 207, 7807, 714),
    (221, 829, 1363, 153, 6252, 2947),
)
"""CREMA-D, voice alone: votes by [intended, perceived], both in the order of `CLASSES`."""

FACE_VOTES: Final = (
    (6933, 2341, 555, 344, 1729, 301),
    (984, 6641, 1253, 155, 717, 2463),
    (1100, 1249, 5329, 186, 2628, 1682),
    (106, 165, 113, 10829, 1058, 83),
    (466, 811, 427, 444, 7500, 839),
    (416, 1221, 1472, 194, 4996, 3924),
)
"""CREMA-D, face alone: votes by [intended, perceived], both in the order of `CLASSES`."""

FREQUENCY_ORDER: Final = ("neutral", "happiness", "anger", "sadness", "disgust", "fear")
"""Most to least frequent class when classes are unbalanced (as in MELD and daily life)."""

EASE_STEPS: Final = 11
"""How many levels of being read easily there are, where people differ in it."""

_SIZE = len(CLASSES)


def _text_table() -> Floats:
    """Return the words' table [6, 6] (our choice, see the module's docstring)."""
    neutral = CLASSES.index("neutral")
    table = np.full((_SIZE, _SIZE), 0.05)
    table[:, neutral] = 0.25
    np.fill_diagonal(table, 0.55)
    table[neutral, neutral] = 0.75
    return table


def confusion_tables(ambiguity: float) -> Floats:
    """Return P(expressed | label) as [modality, label, expressed], modalities in fixed order.

    Parameters
    ----------
    ambiguity
        Share of the confusion that is kept: ``(1 - ambiguity) * identity + ambiguity * C``.
    """
    measured = {
        "text": _text_table(),
        "audio": np.asarray(VOICE_VOTES, dtype=np.float64),
        "vision": np.asarray(FACE_VOTES, dtype=np.float64),
    }
    tables = np.stack([measured[m] / measured[m].sum(1, keepdims=True) for m in MODALITIES])
    blended: Floats = (1.0 - ambiguity) * np.eye(_SIZE) + ambiguity * tables
    return blended


def ambiguities(ambiguity: float, ease: float) -> Floats:
    """Return the speakers' levels of `ambiguity`, equally frequent: one alone without `ease`."""
    steps = np.linspace(0.0, 1.0, EASE_STEPS if ease else 1)
    levels: Floats = ambiguity * (1.0 - ease * steps)
    return levels


def label_prior(imbalance: float) -> Floats:
    """Return P(label) as [6]: geometric from most to least frequent, their ratio `imbalance`."""
    prior = np.empty(_SIZE)
    for rank, name in enumerate(FREQUENCY_ORDER):
        prior[CLASSES.index(name)] = imbalance ** (-rank / (_SIZE - 1))
    normalised: Floats = prior / prior.sum()
    return normalised


def _coupled(tables: Floats) -> tuple[Floats, Floats]:
    """Split tables [M, 6, 6] into what all have in common [6, 6] and each one's rest [M, 6, 6].

    A maximal coupling: the modalities agree as often as their tables allow. Each table is the
    common mass plus its rest; the rests are unnormalised and have the same row sums.
    """
    common: Floats = tables.min(axis=0)
    return common, tables - common


def joint_probability(prior: Floats, tables: Floats, redundancy: float) -> Floats:
    """Return the exact P(label, text, audio, vision) as [6, 6, 6, 6].

    With probability ``1 - redundancy`` the modalities are independent given the label; else they
    are drawn from the maximal coupling of their tables.
    """
    common, rest = _coupled(tables)
    remaining = np.maximum(rest[0].sum(axis=1), 1e-12)  # all agree where nothing remains
    together = _product(rest) / remaining[:, None, None, None] ** (len(tables) - 1)
    diagonal = np.arange(_SIZE)
    together[:, diagonal, diagonal, diagonal] += common
    mixed = (1.0 - redundancy) * _product(tables) + redundancy * together
    joint: Floats = prior[:, None, None, None] * mixed
    return joint


def _product(tables: Floats) -> Floats:
    """Return the product of three tables [3, 6, 6] as [label, text, audio, vision]."""
    text, audio, vision = tables
    product: Floats = text[:, :, None, None] * audio[:, None, :, None] * vision[:, None, None, :]
    return product


def express(labels: Ints, tables: Floats, redundancy: float, uniforms: Floats) -> Ints:
    """Draw what each modality expresses.

    Parameters
    ----------
    labels
        [N]
    tables
        [3, 6, 6]
    redundancy
        Probability that an utterance's modalities are drawn from the coupling.
    uniforms
        [N, 5] in [0, 1): whether coupled, the coupled draw, and one per modality.

    Returns
    -------
    Class indices [N, 3].
    """
    common, rest = _coupled(tables)
    agreed = common.cumsum(axis=1)[labels]
    coupled = uniforms[:, 0] < redundancy
    agrees = coupled & (uniforms[:, 1] < agreed[:, -1])
    own = np.where(coupled[:, None, None], _cumulative(rest, labels), _cumulative(tables, labels))
    apart = _draw(own, uniforms[:, 2:, None])
    same = _draw(agreed, uniforms[:, 1:2])
    expressed: Ints = np.where(agrees[:, None], same[:, None], apart)
    return expressed


def _cumulative(tables: Floats, labels: Ints) -> Floats:
    """Return the inverse CDF's steps [N, M, 6] of unnormalised tables [M, 6, 6]."""
    steps: Floats = tables.cumsum(axis=-1)[:, labels].transpose(1, 0, 2)
    return steps / np.maximum(steps[..., -1:], 1e-300)


def _draw(steps: Floats, uniforms: Floats) -> Ints:
    """Return the class whose step holds each uniform; the last one at most."""
    drawn: Ints = np.minimum((uniforms >= steps).sum(axis=-1), _SIZE - 1)
    return drawn
