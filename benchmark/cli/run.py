"""``emobench run``: from words to a request, and from totals to an exit status."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from emobench.cli.backbone import with_backbones
from emobench.cli.folders import folders
from emobench.corpus.joint_request import corpus_requests
from emobench.discovery.registry import Entry, registry, resolve
from emobench.errors import RequestError
from emobench.interface.card import DatasetCard


def default_dataset() -> str:
    """Name of the corpus whose card says that it is the default."""
    for name, entry in registry("dataset").items():
        if isinstance(entry.card, DatasetCard) and entry.card.default:
            return name
    raise RequestError("No corpus is the default; name one with --dataset.")


def run_command(
    models: str,
    protocol: str,
    dataset: str | None,
    variant: str,
    results: Path,
    device: str,
    jobs: int | None,
    epochs: int | None,
    data_dir: Path | None,
    cache_dir: Path | None,
    backbones: tuple[str, ...] = (),
    auxiliary: str | None = None,
    **settings: Any,
) -> int:
    """Run a grid and render the leaderboard; returns the exit status."""
    chosen = [(e, _capped(e, o, epochs)) for e, o in resolve("model", models)]
    if backbones:
        chosen = with_backbones(chosen, backbones)
    protocols = []
    for entry, options in resolve("protocol", protocol):
        if options:
            raise RequestError(
                f"The protocol {entry.name} takes no options, got {', '.join(options)}."
            )
        protocols.append(entry)
    where = folders(data_dir, cache_dir)
    words = dataset or default_dataset()
    corpora = corpus_requests(words, auxiliary, settings.get("folds"), where)
    if jobs is not None and jobs < 1:
        raise RequestError(f"--jobs must be at least 1, got {jobs}.")

    from emobench.grid.request import Request

    request = Request(
        models=chosen,
        protocols=protocols,
        corpora=corpora,
        variants=tuple(v.strip() for v in variant.split(",")) if variant != "both" else BOTH,
        **settings,
    )
    return _run(request, results, device, jobs)


BOTH = ("corrected", "as_published")


def _capped(entry: Entry, options: dict[str, str], epochs: int | None) -> dict[str, str]:
    """Options with the cap on epochs, so that a row's name says that it was trained for less.

    The reference rows are solved in closed form and know no epochs.
    """
    reference = getattr(entry.card, "kind", "") == "reference"
    return options if epochs is None or reference else options | {"epochs": str(epochs)}


def _run(request: Any, results: Path, device: str, jobs: int | None) -> int:
    # The workers compute, one thread each; this process only plans and waits.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from emobench.cli.progress import screen
    from emobench.grid.run import run

    place = _checked_device(device)
    workers = jobs or (1 if place == "cuda" else os.cpu_count() or 1)
    with screen(workers) as display:
        totals = run(request, results, workers, device, display)
    from emobench.leaderboard import render

    page = render(results)
    for reason, count in totals.skipped.items():
        typer.echo(f"skipped: {reason} ({count} {'cell' if count == 1 else 'cells'})")
    typer.echo(
        f"{totals.done} cells are there, {totals.skipped.total()} skipped, {totals.failed} failed"
    )
    if totals.failed:
        typer.echo(
            f"the page lists what failed, {results}/*/*/failure.json has the tracebacks; "
            "--retry-failed runs it again"
        )
    typer.echo(f"The leaderboard is at {page.resolve()}")
    return 1 if totals.failed else 0


def _checked_device(name: str) -> str:
    """Kind of the device that `name` means here; an unknown or absent one is an error."""
    import torch

    from emobench.grid.work import choose_device

    try:
        device = choose_device(name)
    except RuntimeError:
        raise RequestError(f"Unknown device {name!r}. Known: auto, cpu, cuda, cuda:N.") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RequestError(f"--device {name}: torch sees no CUDA device here. Use auto or cpu.")
    if device.type not in ("cpu", "cuda"):
        raise RequestError(f"Unknown device {name!r}. Known: auto, cpu, cuda, cuda:N.")
    return device.type
