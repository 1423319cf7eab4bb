"""``emobench data`` as a person types it, on corpora made here and on real recordings."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Cli = Any
COLUMNS = (
    "Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID",
    "Season", "Episode", "StartTime", "EndTime",
)  # fmt: skip
EMOTIONS = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")


def write_meld(root: Path) -> Path:
    """A MELD of 3 x 28 utterances in the official layout, with what the real one suffers from."""
    folder = root / "meld"
    folder.mkdir(parents=True)
    for part in ("train", "dev", "test"):
        with (folder / f"{part}_sent_emo.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for i in range(28):
                dialogue = i // 7 + (part == "train" and i >= 14)  # train lacks dialogue 2
                text = "Yeah." if i < 4 and part != "dev" else f"{part} says {i}"
                if (part, i) == ("test", 5):
                    text = "TRAIN, says 9!"
                row = (i, text, f"Person {i % 3}", EMOTIONS[i % 7], "neutral", dialogue, i % 7)
                writer.writerow([*row, 1, 1, "0", "1"])
    return root


def test_verify_finds_what_is_odd(cli: Cli, tmp_path: Path) -> None:
    root = write_meld(tmp_path)
    ran = cli("data", "verify", "meld", "--data-dir", root)
    said = ran.stdout
    assert ran.returncode == 1, ran.stderr  # it is not the whole corpus
    assert "WRONG train: 28 utterances; neutral 4 instead of 4,710" in said
    assert "84 utterances: text in 84; no audio and no vision files here" in said
    assert "train has no dialogue 2 (numbers go to 4)" in said
    assert "3 speakers are in both train and test; 100.0% of the test utterances are theirs" in said
    assert (
        "text: 4 test utterances (14.3%) are exact copies of train utterances, 1 distinct" in said
    )
    assert "text: 1 more test utterances are but for case and punctuation like one" in said
    assert "test_dia0_utt3" in said


def test_prepare_computes_everything_once(cli: Cli, tmp_path: Path) -> None:
    root, cache = write_meld(tmp_path), tmp_path / "cache"
    words = ("data", "prepare", "meld", "--data-dir", root, "--cache-dir", cache)
    first = cli(*words)
    assert first.returncode == 0, first.stderr
    assert "characters: 84 utterances" in first.stdout
    assert "word_vectors: fitted on the train part of 1 fold" in first.stdout
    (folder,) = (cache / "prepared").iterdir()
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    assert cli(*words).returncode == 0
    assert before == {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_list_says_what_is_here_and_how_to_get_the_rest(cli: Cli, tmp_path: Path) -> None:
    said = cli("data", "list", "--data-dir", write_meld(tmp_path)).stdout
    assert re.search(r"meld +84 utterances +text", said)
    assert re.search(r"iemocap +no", said)
    assert "Sign the form at" in said
    assert re.search(r"simulated +built in", said)


def test_a_corpus_behind_a_form_is_not_downloaded(cli: Cli, tmp_path: Path) -> None:
    ran = cli("data", "download", "iemocap", "--data-dir", tmp_path / "new")
    assert ran.returncode == 2
    assert "cannot be downloaded here: Sign the form" in ran.stderr


def test_what_would_be_fetched_is_listed_and_chosen(cli: Cli, tmp_path: Path) -> None:
    words = ("data", "download", "ravdess", "--dry", "--data-dir", tmp_path / "new")
    every = cli(*words).stdout.splitlines()
    assert "CC BY-NC-SA 4.0" in every[0]
    assert len(every) == 26
    speech = cli(*words, "--only", "*Audio_Speech*").stdout.splitlines()
    assert speech[1:] == ["doi:10.5281/zenodo.1188976/Audio_Speech_Actors_01-24.zip"]
    ran = cli(*words, "--only", "*Sprache*")
    assert ran.returncode == 2
    assert "has no such file" in ran.stderr


def test_imported_features_go_into_a_manifest_by_their_name(cli: Cli, tmp_path: Path) -> None:
    draw, cache = np.random.default_rng(0), tmp_path / "cache"
    ids = [f"u{i}" for i in range(24)]
    np.savez(tmp_path / "voice.npz", **{name: draw.normal(size=(2, 3)) for name in ids})
    rows = [f"{name},{'ab'[i % 2]},person {i % 8}" for i, name in enumerate(ids)]
    (tmp_path / "own.csv").write_text(
        "\n".join(["id,label,speaker,text", *(f"{r},x" for r in rows)])
    )
    here = ("--cache-dir", cache)
    ran = cli("data", "import", tmp_path / "voice.npz", "--as", "voice", *here)
    assert "24 utterances of 3 features" in ran.stdout, ran.stderr
    ran = cli("data", "verify", f"{tmp_path / 'own.csv'}:audio_features=voice", *here)
    assert "text in 24, audio in 24" in ran.stdout, ran.stderr
    ran = cli("data", "verify", f"{tmp_path / 'own.csv'}:audio_features=voise", *here)
    assert ran.returncode == 2
    assert "nothing was imported under this name" in ran.stderr


def test_an_import_says_what_is_no_feature_and_runs_say_that_its_source_changed(
    cli: Cli, tmp_path: Path
) -> None:
    ids, here = [f"u{i}" for i in range(24)], ("--cache-dir", tmp_path / "cache")
    source = tmp_path / "egemaps.csv"
    rows = [f"clips/{name}.wav;0.0;1.5;{i % 7},5;{i % 2}" for i, name in enumerate(ids)]
    source.write_text("\n".join(["file;start;end;F0;emotion", *rows]))
    lines = [f"{name},{'ab'[i % 2]},person {i % 8},x" for i, name in enumerate(ids)]
    (tmp_path / "own.csv").write_text("\n".join(["id,label,speaker,text", *lines]))
    ran = cli("data", "import", source, "--as", "ege", *here)
    assert "24 utterances of 1 features; left out: start, end; emotion (would leak)" in ran.stdout
    source.write_text(source.read_text().replace("6,5", "6,6"))
    ran = cli("data", "verify", f"{tmp_path / 'own.csv'}:audio_features=ege", *here)
    assert "audio in 24" in ran.stdout, ran.stderr
    assert f"imported from {source}, which has changed since" in ran.stdout
    assert "24 ids found by the name of a file" in ran.stdout
    assert cli("data", "import", source, "--as", "ege", *here).returncode == 2
    assert cli("data", "import", source, "--as", "ege", "--replace", *here).returncode == 0
    ran = cli("data", "verify", f"{tmp_path / 'own.csv'}:audio_features=ege", *here)
    assert "changed since" not in ran.stdout


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("meld", 0, ["train has no dialogue 60", "331 test utterances (12.7%) are exact copies",
                     "95.8% of the test utterances are theirs"]),
        ("ravdess", 0, ["vision: 1 occurs more than once", "01-02-01-07 = 03-01-03-01-02-02-07"]),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_verify_real_corpora(
    cli: Cli, real_data: Path, name: str, status: int, said: list[str]
) -> None:
    ran = cli("data", "verify", name, "--data-dir", real_data)
    assert ran.returncode == status, ran.stderr + ran.stdout
    assert "as published" in ran.stdout
    for sentence in said:
        assert sentence in ran.stdout


def write_fer2013(archive: Path, path: Path, every: int = 1) -> tuple[int, int]:
    """Write the official table with one of `every` images outside of test.

    Returns how many test images stand in train too, and how many distinct ones these are.
    """
    arrays = np.load(archive)
    kept = [
        (usage, emotion, pixels)
        for i, (pixels, emotion, usage) in enumerate(
            zip(*(arrays[n] for n in ("pixels", "emotion", "usage")), strict=True)
        )
        if usage == "PrivateTest" or i % every == 0
    ]
    path.parent.mkdir()
    with path.open("w") as file:
        file.write("emotion,pixels,Usage\n")
        for usage, emotion, pixels in kept:
            file.write(f"{emotion},{' '.join(map(str, pixels.ravel()))},{usage}\n")
    train = {pixels.tobytes() for usage, _, pixels in kept if usage == "Training"}
    copies = [
        p.tobytes() for usage, _, p in kept if usage == "PrivateTest" and p.tobytes() in train
    ]
    return len(copies), len(set(copies))


@pytest.mark.parametrize("every", [pytest.param(n, marks=pytest.mark.slow) for n in (8, 1)])
def test_verify_finds_the_shared_images_of_fer2013(
    cli: Cli, real_data: Path, tmp_path: Path, every: int
) -> None:
    archive = real_data / "fer2013" / "fer2013.npz"
    if not archive.is_file():
        pytest.skip(f"no FER2013 in {real_data}")
    count, distinct = write_fer2013(archive, tmp_path / "fer2013" / "fer2013.csv", every)
    if every == 1:
        assert (count, distinct) == (288, 278)
    assert count > 20
    ran = cli("data", "verify", "fer2013", "--data-dir", tmp_path, "--cache-dir", tmp_path / "c")
    share = 100 * count / 3589
    assert (
        f"{count} test utterances ({share:.1f}%) are exact copies of train utterances, "
        f"{distinct} distinct" in ran.stdout
    )
    assert "test: 3,589 utterances, every class as published" in ran.stdout
