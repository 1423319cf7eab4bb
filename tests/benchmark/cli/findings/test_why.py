"""What ``emobench why`` prints, and its exit status."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from emobench.cli.app import app
from emobench.errors import RequestError

from ....leaderboard.conftest import ALL, REGIMES, Made, Writer

PLACE = "simulated/missing_modality/controlled/full/full"
ADDRESS = f"{PLACE}/net%20%2A/macro_f1"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("why") / "results"
    writer = Writer(root, folds=7, n=6, subsets=("text",), rates=(), regimes=REGIMES[:1])
    for made in (Made("net *", "own", ALL), Made("majority", "reference")):
        writer.grid(made)
    return root


def why(results: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["why", *words, "--results", str(results)])
    if isinstance(done.exception, RequestError):
        raise done.exception
    return done.exit_code, done.output


def test_a_number_with_all_that_it_is_made_of(results: Path) -> None:
    code, out = why(results, ADDRESS)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("Macro-F1 of net * = 0.")
    assert lines[-1] == "equal to 1e-12"
    for name in ("ID ", "unit ", "n ", "formula ", "interval ", "row ", "page ", "again "):
        assert any(line.startswith(name) for line in lines), name
    assert "42 test utterances" in out
    assert "no leaderboard.csv in this folder" in out
    assert sum(line.startswith("  fold ") for line in lines) == 12
    assert "and 2 more cells" in out
    assert why(results, ADDRESS, "--all")[1].count("  fold ") == 14


def test_the_name_as_it_is_and_the_short_id_mean_the_same(results: Path) -> None:
    said = why(results, ADDRESS)[1]
    assert why(results, f"{PLACE}/net */macro_f1")[1] == said
    short = said.partition("(short: ")[2][:10]
    assert why(results, short)[1] == said


def test_the_list_names_what_can_be_pasted(results: Path) -> None:
    code, out = why(results)
    assert code == 0
    listed = [line.split() for line in out.splitlines() if line.startswith("  ") and "/" in line]
    assert [shlex.quote(address) for _, address in listed] == [address for _, address in listed]
    assert ADDRESS in {address for _, address in listed}
    assert "more: --all lists them" in out
    hint = next(line for line in out.splitlines() if line.startswith("emobench why ID"))
    assert hint.startswith(f"emobench why ID --results {shlex.quote(str(results))} explains one")
    every = json.loads(why(results, "--json")[1])
    assert every[ADDRESS] == next(short for short, address in listed if address == ADDRESS)
    assert len(every) == why(results, "--all")[1].count(PLACE.partition("/")[0] + "/")


def test_json_has_every_digit(results: Path) -> None:
    found = json.loads(why(results, ADDRESS, "--json")[1])
    assert found["equal"] is True
    assert found["recomputed"]["difference"] <= 1e-12
    assert len(found["rows"][0]["cells"]) == 14


def test_a_difference_ends_with_status_1(results: Path, tmp_path: Path) -> None:
    table = pd.DataFrame([{"model": "net *", "variant": "corrected", "track": "controlled",
                           "dataset": "simulated", "protocol": "missing_modality",
                           "regime": "full", "condition": "full", "macro_f1": 0.9}])  # fmt: skip
    root = tmp_path / "results"
    root.symlink_to(results)
    folder = results / "leaderboard"
    folder.mkdir()
    try:
        table.to_csv(folder / "leaderboard.csv", index=False)
        code, out = why(root, ADDRESS)
        assert code == 1
        assert "leaderboard.csv: macro_f1 of net *, full, full: it says 0.9, the store gives" in out
        assert "of other results or of another version" in out.splitlines()[-1]
    finally:
        (folder / "leaderboard.csv").unlink()
        folder.rmdir()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("net/macro_f1",), "Did you mean"),
        ((f"{PLACE}/nut/macro_f1",), "Unknown model 'nut'"),
        ((ADDRESS, "--dataset", "simulated"), "an ID says both itself"),
    ],
)
def test_wrong_requests_name_a_remedy(results: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        why(results, *words)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="There is no results folder"):
        why(tmp_path / "nowhere", ADDRESS)
    with pytest.raises(RequestError, match="Nothing stored"):
        why(tmp_path)
