"""The corpus on disk: rendered once, renamed into place, read back memory-mapped.

The same options give the same bytes every time on one machine. Between processors NumPy's sine
and exponential may differ in their last bit, which can move a sample or a pixel by one step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd
from numpy.lib.format import dtype_to_descr, write_array_header_1_0
from numpy.typing import NDArray

from emobench import FACE_SIZE, DataError, is_sound, patiently, sealed_folder
from emobench.datasets.simulation.face import draw_face_traits, render_face
from emobench.datasets.simulation.options import Options
from emobench.datasets.simulation.plan import draw_plan, generator
from emobench.datasets.simulation.voice import draw_voice, render_voice
from emobench.datasets.simulation.words import draw_habits, write_words

GENERATOR_VERSION: Final = 1
"""Raise it with every change that alters a byte of the corpus."""

Progress = Callable[[str, int, int], None]
_REPORT_EVERY: Final = 50


def fingerprint(options: Options) -> str:
    """Return the text that determines every byte of the corpus."""
    return f"simulated v{GENERATOR_VERSION} {options.canonical()}"


def folder_of(cache: Path, options: Options) -> Path:
    """Return the corpus's folder in the cache."""
    digest = hashlib.sha256(fingerprint(options).encode()).hexdigest()[:16]
    return cache / "simulated" / digest


class Corpus:
    """A generated corpus, read back.

    Parameters
    ----------
    folder
        Where `generate` put it.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.table = patiently(lambda: pd.read_parquet(folder / "utterances.parquet"))
            self._waveforms = patiently(lambda: np.load(folder / "waveforms.npy", mmap_mode="r"))
            self._frames = patiently(lambda: np.load(folder / "frames.npy", mmap_mode="r"))
            offsets = patiently(lambda: np.load(folder / "offsets.npy"))
        except (OSError, EOFError, ValueError) as error:
            raise DataError(
                f"The generated corpus in {folder} cannot be read ({error}); delete this folder "
                "and it is generated again."
            ) from error
        self._samples, self._faces = offsets
        self._rows = {name: i for i, name in enumerate(self.table["id"])}

    def waveform(self, utterance: str) -> NDArray[np.float32] | None:
        """Return an utterance's samples on [-1, 1], None where it has no voice."""
        i = self._rows[utterance]
        samples = self._waveforms[self._samples[i] : self._samples[i + 1]]
        return samples.astype(np.float32) / np.float32(32767.0) if len(samples) else None

    def frames(self, utterance: str) -> NDArray[np.uint8] | None:
        """Return an utterance's face frames [T, 48, 48], None where it has no face."""
        i = self._rows[utterance]
        frames = self._frames[self._faces[i] : self._faces[i + 1]]
        return np.array(frames) if len(frames) else None


def generate(options: Options, cache: Path, progress: Progress | None) -> Path:
    """Generate the corpus if the cache lacks it, and return its folder.

    Several processes may do so at once: each writes a folder of its own, the first to finish
    renames it into place and the others drop theirs.

    Raises
    ------
    RequestError
        The cache cannot be written.
    """
    target = folder_of(cache, options)
    if is_sound(target, progress):
        return target
    with sealed_folder(target) as scratch:
        _write(options, scratch, progress)
    return target


def _write(options: Options, folder: Path, progress: Progress | None) -> None:
    """Render every utterance into `folder`, holding one at a time."""
    plan = draw_plan(options)
    samples = np.concatenate([[0], np.cumsum(plan["samples"])])
    faces = np.concatenate([[0], np.cumsum(plan["frames"])])
    np.save(folder / "offsets.npy", np.stack([samples, faces]))
    transcripts: list[str] = []
    speakers: dict[int, _Speaker] = {}
    with (
        (folder / "waveforms.npy").open("wb") as voices,
        (folder / "frames.npy").open("wb") as film,
    ):
        _write_header(voices, np.int16, (int(samples[-1]),))
        _write_header(film, np.uint8, (int(faces[-1]), FACE_SIZE, FACE_SIZE))
        for done, row in enumerate(plan.itertuples(index=False), start=1):
            utterance: Any = row
            s = int(utterance.speaker_index)
            if s not in speakers:
                speakers[s] = _Speaker(s, options)
            text, voice, face = speakers[s].render(utterance)
            transcripts.append(text)
            voices.write(voice.tobytes())
            film.write(face.tobytes())
            if progress and (done % _REPORT_EVERY == 0 or done == len(plan)):
                progress("generating the simulated corpus", done, len(plan))
    table = plan.drop(columns=["speaker_index", "utterance_index", "samples", "frames"])
    table["text"] = transcripts
    table.to_parquet(folder / "utterances.parquet", index=False)


def _write_header(file: BinaryIO, dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    """Start an array file whose bytes follow one utterance after the other."""
    description = dtype_to_descr(np.dtype(dtype))
    header = {"descr": description, "fortran_order": False, "shape": shape}
    write_array_header_1_0(file, header)


class _Speaker:
    """One speaker's voice, face and habits."""

    def __init__(self, index: int, options: Options) -> None:
        index = 0 if options.speakers_alike else index
        rng = generator(options.seed, "speaker", index)
        self._options = options
        self._voice = draw_voice(index, rng)
        self._face = draw_face_traits(rng)
        self._habits = draw_habits(rng)

    def render(self, row: Any) -> tuple[str, NDArray[np.int16], NDArray[np.uint8]]:
        """Render one row of the plan; what it lacks is empty."""
        seed, noise = self._options.seed, self._options.noise
        key = (row.speaker_index, row.utterance_index)
        text, voice = "", np.zeros(0, dtype=np.int16)
        face = np.zeros((0, FACE_SIZE, FACE_SIZE), dtype=np.uint8)
        if row.expressed_text:
            rng = generator(seed, "text", *key)
            text = write_words(row.expressed_text, self._habits, rng, noise)
        if row.expressed_audio:
            rng = generator(seed, "audio", *key)
            voice = render_voice(row.expressed_audio, row.samples, self._voice, rng, noise)
        if row.expressed_vision:
            rng = generator(seed, "vision", *key)
            face = render_face(row.expressed_vision, row.frames, self._face, rng, noise)
        return text, voice, face
