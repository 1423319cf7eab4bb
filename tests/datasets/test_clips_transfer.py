"""RAVDESS and MELD in their official layouts, with clips: transfer in both directions."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

EMOTIONS = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")
CLIPS = {"train": "train_splits", "dev": "dev_splits_complete"} | {
    "test": "output_repeated_splits_test"
}
HEADER = [
    "Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID",
    "Season", "Episode", "StartTime", "EndTime",
]  # fmt: skip


def write_film(path: Path, tone: float, seconds: float = 0.4) -> None:
    """A pattern of grey fields and a tone, both different in each film: no two are copies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(round(100 * tone))
    with av.open(str(path), "w") as film:
        video = film.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        sound = film.add_stream("aac", rate=48_000, layout="mono")
        for _ in range(round(25 * seconds)):
            grey = np.kron(random.integers(0, 256, (6, 8, 3)), np.ones((16, 16, 1)))
            frame = av.VideoFrame.from_ndarray(grey.astype(np.uint8), format="rgb24")
            film.mux(video.encode(frame))
        film.mux(video.encode())
        wave = wave_of(tone, seconds).astype(np.float32)[None]
        heard = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        heard.sample_rate = 48_000
        film.mux(sound.encode(heard))
        film.mux(sound.encode())


def wave_of(tone: float, seconds: float = 0.4) -> Any:
    return 0.3 * np.sin(2 * np.pi * tone * np.arange(round(48_000 * seconds)) / 48_000)


def write_ravdess(root: Path) -> None:
    """A voice and a film of each emotion and actor."""
    for actor in range(1, 25):
        folder = root / f"Actor_{actor:02d}"
        for emotion in range(1, 9):
            take = f"01-{emotion:02d}-01-01-01-{actor:02d}"
            tone = 150.0 + 1.7 * actor + 43 * emotion
            write_film(folder / f"01-{take}.mp4", tone)
            soundfile.write(folder / f"03-{take}.wav", wave_of(tone), 48_000)


def write_meld(root: Path) -> None:
    """Two dialogues of seven emotions in each part, with a film each."""
    for p, (part, folder) in enumerate(CLIPS.items()):
        lines = []
        for i in range(14):
            dialogue, number = divmod(i, 7)
            who = [i, f"words {p} {i}", "Monica", EMOTIONS[number], "neutral", dialogue, number]
            lines.append([*who, "8", "21", "00:16:16,059", "00:16:21,731"])
            tone = 207.3 + 43 * number + 7.1 * dialogue + 3.3 * p
            write_film(root / folder / f"dia{dialogue}_utt{number}.mp4", tone)
        with (root / f"{part}_sent_emo.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *lines])


@pytest.mark.slow
def test_voice_and_face_transfer_in_both_directions(tmp_path: Path, cli: Any) -> None:
    data = tmp_path / "data"
    write_ravdess(data / "ravdess")
    write_meld(data / "meld")
    done = cli(
        "run", "--models", "avfusion,audio_only,vision_only", "--protocol", "cross_dataset",
        "--dataset", "ravdess,meld", "--seeds", 1, "--epochs", 1, "--jobs", 2,
        "--data-dir", data, "--results", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with (tmp_path / "out" / "leaderboard" / "leaderboard.csv").open(encoding="utf-8") as file:
        rows = {(r["model"], r["dataset"], r["condition"]): r for r in csv.DictReader(file)}
    for model in ("avfusion:epochs=1", "audio_only", "vision_only"):
        away, back = rows[model, "ravdess", "meld"], rows[model, "meld", "ravdess"]
        assert (away["status"], back["status"]) == ("done", "done")
        # MELD's test part, and all of RAVDESS, which has folds.
        assert (int(away["n_test"]), int(back["n_test"])) == (14, 24 * 8)
