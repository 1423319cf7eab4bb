"""Pictures of a corpus: classes per part, and a representation's first two components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from emobench.corpus.description.projection import Projection

PARTS = {"train": "#0072b2", "dev": "#e69f00", "test": "#009e73"}
"""Part to its colour; all colours are those of Okabe and Ito, which colour-blind people tell."""

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#444444")
MARKERS = "os^Dv"
"""Where there are more classes than colours, the next ones have the next marker."""

BAR = 0.8
DOTS_PER_INCH = 150


def draw_classes(
    counts: Mapping[str, NDArray[np.int64]], classes: Sequence[str], title: str, path: Path
) -> None:
    """Draw the share of each class in each part, with its number above; the suffix is the form."""
    figure, axes = _figure(title, max(6.0, 1.2 * len(classes)), 3.6)
    width = BAR / len(PARTS)
    for place, (part, colour) in enumerate(PARTS.items()):
        found = counts[part]
        share = found / max(1, found.sum())
        across = np.arange(len(classes)) + (place - 1) * width
        bars = axes.bar(across, 100 * share, width, color=colour, label=f"{part} ({found.sum():,})")
        axes.bar_label(bars, [f"{n:,}" for n in found], fontsize=6, rotation=90, padding=2)
    axes.set_xticks(range(len(classes)), classes)
    axes.set_ylabel("share of the part in %")
    axes.margins(y=0.18)
    axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def draw_projection(
    view: Projection,
    labels: NDArray[np.int64],
    test: NDArray[np.int64],
    classes: Sequence[str],
    title: str,
    path: Path,
) -> None:
    """Draw every utterance of a projection, coloured by class; those of test are hollow.

    Parameters
    ----------
    view
        The projection.
    labels
        Class of each utterance of the corpus, ``[N]``; a number beyond the classes is none.
    test
        Row numbers of test.
    classes
        Names of the classes.
    title
        Stands above.
    path
        The file; its suffix is its form.
    """
    figure, axes = _figure(title, 6.4, 5.0)
    hollow = np.isin(view.rows, test)
    size = float(np.clip(20_000 / len(view.rows), 4, 25))
    for number, name in enumerate((*classes, "none")):
        mine = labels[view.rows] == number
        if not mine.any():
            continue
        colour = COLOURS[number % len(COLOURS)]
        marker = MARKERS[number // len(COLOURS) % len(MARKERS)]
        for which, face in ((mine & ~hollow, colour), (mine & hollow, "none")):
            across, up = view.points[which].T
            axes.scatter(
                across, up, s=size, marker=marker, facecolors=face, edgecolors=colour,
                linewidths=0.6, alpha=0.7,
            )  # fmt: skip
        axes.scatter([], [], s=22, marker=marker, color=colour, label=f"{name} ({mine.sum():,})")
    first, second = view.explained
    axes.set_xlabel(f"component 1, {first:.1%} of the variance of train", fontsize=8)
    axes.set_ylabel(f"component 2, {second:.1%} of the variance of train", fontsize=8)
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    _save(figure, path)


def _figure(title: str, width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure((width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=9, loc="left", wrap=True)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    with mpl.rc_context({"svg.hashsalt": "emobench", "svg.fonttype": "none"}):
        date = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=DOTS_PER_INCH, facecolor="white", metadata=date)
