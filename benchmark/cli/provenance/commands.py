"""The commands ``emobench certify`` and ``emobench rerun``; nothing here imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emobench.cli import options
from emobench.cli.folders import CacheDir, DataDir
from emobench.errors import RequestError
from emobench.terminal.voice import Json, Quiet, Voice


def certify(
    section: Annotated[
        str | None,
        typer.Argument(
            help="DATASET/PROTOCOL/TRACK, as emobench why begins; the end can be left out."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The certificate to write.")
    ] = None,
    results: options.Results = Path("results"),
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="FILE", help="Sign it with this Ed25519 key (PEM or OpenSSH)."
        ),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            "--verify", metavar="FILE", help="Check a certificate instead of writing one."
        ),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option("--public-key", metavar="FILE", help="With --verify: who has to have signed."),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Pack a section into one file from which every number can be computed again; or check one."""
    from emobench.cli.provenance.certificate import check_command, write_command

    voice = Voice(quiet, json)
    if verify is not None:
        if section is not None or out is not None or key is not None:
            raise RequestError(
                "--verify checks a certificate that is there; it goes with --public-key."
            )
        raise typer.Exit(check_command(verify, public_key, voice))
    if section is None or out is None:
        raise RequestError(
            "Name a section and the file to write: emobench certify SECTION -o FILE.zip; or a "
            "certificate to check: emobench certify --verify FILE.zip."
        )
    if public_key is not None:
        raise RequestError("--public-key goes with --verify; a certificate is signed with --key.")
    write_command(section, out, results, key, voice)


CellSeed = Annotated[int | None, typer.Option("--seed", help="Of a row with several seeds.")]
CellFold = Annotated[int | None, typer.Option("--fold", help="Of a row with several folds.")]


def rerun(
    cell: Annotated[
        str,
        typer.Argument(
            metavar="CELL",
            help="A cell's name or its first digits, or the address of its row; emobench why ID "
            "prints both.",
        ),
    ],
    results: options.Results = Path("results"),
    seed: CellSeed = None,
    fold: CellFold = None,
    model_file: Annotated[
        Path | None,
        typer.Option("--model-file", metavar="FILE", help="The file of your own model."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="The corpus, if it is a file of your own.")
    ] = None,
    masks: options.Masks = None,
    device: options.Device = "auto",
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    json: Json = False,
) -> None:
    """Compute a stored cell again, elsewhere, and say whether it is the same."""
    from emobench.cli.inference.source import progress
    from emobench.cli.provenance.cell_text import print_repetition
    from emobench.corpus.folders import folders
    from emobench.repetition.rerun import RerunOptions
    from emobench.repetition.rerun import rerun as repeat

    asked = RerunOptions(
        folders(data_dir, cache_dir), model_file, masks, device, seed, fold, dataset, progress
    )
    raise typer.Exit(print_repetition(repeat(results, cell, asked), Voice(as_json=json)))
