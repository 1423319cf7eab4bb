"""Representations: their shapes, what they measure, and that the fitted ones know train alone."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import torchaudio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emobench import FACE_SIZE, SAMPLE_RATE, FittedRepresentation
from emobench.corpus.preparation.clips import MIN_SECONDS
from emobench.datasets.representations.acoustic import MFCC, LogMel, Prosody
from emobench.datasets.representations.lexical import UNKNOWN, Tokens, WordVectors
from emobench.datasets.representations.visual import HOG, ActionUnits, FaceDescriptor, Frames
from emobench.discovery.representations import representation, representations, source_of
from emobench.words import split_words as words

ACOUSTIC = {LogMel: 40, MFCC: 20, Prosody: 4}


def noise(samples: int, seed: int = 0, loud: float = 0.1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, loud, samples).astype(np.float32)


def harmonic(hertz: float, seconds: float = 1.0) -> np.ndarray:
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = sum(np.sin(2 * np.pi * k * hertz * times) / k for k in range(1, 9))
    return (0.2 * wave).astype(np.float32)


def steps_of(samples: int) -> int:
    """25 Hz, from 100 Hz frames centred on 0, 10, 20 … ms."""
    return -(-(1 + samples // 160) // 4)


@settings(max_examples=40)
@given(samples=st.integers(int(MIN_SECONDS * SAMPLE_RATE), 3 * SAMPLE_RATE))
@example(samples=int(MIN_SECONDS * SAMPLE_RATE))
def test_the_acoustic_ones_share_one_grid_at_any_length(samples: int) -> None:
    wave = noise(samples, seed=samples)
    for kind, size in ACOUSTIC.items():
        values = kind().extract(wave)
        assert values.dtype == np.float32
        assert values.shape == (steps_of(samples), size)
        assert np.isfinite(values).all()


@pytest.mark.parametrize("kind", ACOUSTIC)
@pytest.mark.parametrize("loud", [0.0, 2e-4, 1.0, 1e4])
def test_the_acoustic_ones_stay_finite_at_any_loudness(kind: type, loud: float) -> None:
    assert np.isfinite(kind().extract(noise(8000) * np.float32(loud))).all()


@pytest.mark.parametrize("kind", ACOUSTIC)
def test_extraction_leaves_the_waveform_as_it_was_and_repeats(kind: type) -> None:
    wave = noise(8000)
    before = wave.copy()
    first = kind().extract(wave)
    np.testing.assert_array_equal(wave, before)
    np.testing.assert_array_equal(kind().extract(wave), first)


@pytest.mark.parametrize("hertz", [80, 120, 220, 260, 310, 360, 450])
def test_pitch_of_a_harmonic_tone_is_within_five_per_cent(hertz: float) -> None:
    octave, _, voicing, _ = Prosody().extract(harmonic(hertz)).T
    middle = slice(3, -3)
    assert voicing[middle].min() > 0.8
    measured = 100 * 2 ** octave[middle]
    assert np.abs(measured / hertz - 1).max() < 0.05


def test_noise_is_less_voiced_than_a_tone() -> None:
    voicing = Prosody().extract(noise(SAMPLE_RATE))[:, 2]
    assert np.median(voicing) < 0.5
    assert np.median(Prosody().extract(harmonic(150))[:, 2]) > 0.9
    assert (Prosody().extract(np.zeros(8000, np.float32))[:, [0, 2]] == 0).all()


def test_energy_is_the_logarithm_of_power_and_its_change_has_the_right_sign() -> None:
    flat = Prosody().extract(noise(SAMPLE_RATE, loud=0.1))[2:-2]
    assert flat[:, 1].mean() == pytest.approx(np.log(0.1**2), abs=0.05)
    swelling = noise(SAMPLE_RATE) * np.linspace(0.01, 1, SAMPLE_RATE, dtype=np.float32)
    rising = Prosody().extract(swelling)[2:-2, 3]
    falling = Prosody().extract(swelling[::-1])[2:-2, 3]
    assert rising.mean() > 0.02
    assert falling.mean() < -0.02


def test_mfcc_equals_torchaudios_own_where_averaged_alike() -> None:
    wave = noise(SAMPLE_RATE, loud=0.3)
    own = torchaudio.transforms.MFCC(
        SAMPLE_RATE, n_mfcc=20, log_mels=True,
        melkwargs={"n_fft": 512, "win_length": 400, "hop_length": 160, "n_mels": 40},
    )(torch.from_numpy(wave)).T.numpy()  # fmt: skip
    assert len(own) == 101
    pooled = np.stack([own[i : i + 4].mean(axis=0) for i in range(0, 101, 4)])
    np.testing.assert_allclose(MFCC().extract(wave), pooled, atol=2e-3)


def test_log_mel_is_highest_where_the_tone_is() -> None:
    low, high = (LogMel().extract(harmonic(f)).mean(axis=0).argmax() for f in (150, 450))
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    top = LogMel().extract(np.sin(2 * np.pi * 5000 * times).astype(np.float32)).mean(axis=0)
    assert low < high < top.argmax()
    louder = LogMel().extract(noise(8000) * 2) - LogMel().extract(noise(8000))
    np.testing.assert_allclose(louder, np.log(4), atol=1e-3)


def faces(count: int, seed: int = 0) -> np.ndarray:
    shape = (count, FACE_SIZE, FACE_SIZE)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def test_frames_are_the_pixels_in_0_to_1() -> None:
    media = faces(3)
    media[0, 0, 0], media[0, 0, 1] = 0, 255
    values = Frames().extract(media)
    assert values.dtype == np.float32
    assert values.shape == (3, FACE_SIZE**2)
    assert values.min() == 0.0
    assert values.max() == 1.0
    np.testing.assert_array_equal(np.rint(values * 255).reshape(media.shape), media)


def test_hog_sees_which_way_an_edge_runs() -> None:
    upright = np.zeros((FACE_SIZE, FACE_SIZE), np.uint8)
    upright[:, FACE_SIZE // 2 + 4 :] = 255
    slope = np.add.outer(np.arange(FACE_SIZE), np.arange(FACE_SIZE)) > FACE_SIZE + 4
    diagonal = (slope * 255).astype(np.uint8)
    values = HOG().extract(np.stack([upright, upright.T, diagonal, np.zeros_like(upright)]))
    assert values.shape == (4, 800)
    assert values.dtype == np.float32
    strength = values.reshape(4, -1, 8).sum(axis=1)
    # Eight orientations of the gradient over 180 degrees: 0, 90 and 45.
    assert list(strength[:3].argmax(axis=1)) == [0, 4, 2]
    assert (strength[:3].max(axis=1) > 0.7 * strength[:3].sum(axis=1)).all()
    assert (values[3] == 0).all()


def test_hog_does_not_change_with_brightness() -> None:
    dim = (faces(1) // 4 + 20).astype(np.uint8)
    np.testing.assert_allclose(HOG().extract(dim + 60), HOG().extract(dim), atol=1e-6)


def test_action_units_are_handed_through() -> None:
    units = np.array([[0.5, 1.0, 3.25]], np.float32)
    np.testing.assert_array_equal(ActionUnits().extract(units), units)


def test_face_descriptor_projects_on_the_main_directions_of_train() -> None:
    generator = np.random.default_rng(0)
    directions = np.linalg.qr(generator.normal(size=(800, 3)))[0].T
    train = [generator.normal(0, 1, (n, 3)) @ (directions * [[9], [3], [1]]) for n in (40, 1, 59)]
    train = [(t + 0.5).astype(np.float32) for t in train]
    kind = FaceDescriptor()
    kind.fit(train)
    assert kind.size == 64
    values = kind.transform(train[0])
    assert values.shape == (40, 64)
    assert values.dtype == np.float32
    # Three directions hold everything there is; distances survive the projection.
    assert np.abs(values[:, 3:]).max() < 1e-2
    before = np.linalg.norm(train[0][:, None] - train[0][None], axis=-1)
    after = np.linalg.norm(values[:, None] - values[None], axis=-1)
    np.testing.assert_allclose(after, before, atol=1e-2)
    everything = np.concatenate([kind.transform(t) for t in train])
    np.testing.assert_allclose(everything.mean(axis=0), 0, atol=1e-3)


def test_face_descriptor_of_few_frames_has_fewer_components() -> None:
    kind = FaceDescriptor()
    kind.fit([HOG().extract(faces(3)).astype(np.float16), HOG().extract(faces(2, 1))])
    assert kind.size == kind.transform(HOG().extract(faces(7, 2))).shape[1] == 5


def test_face_descriptor_is_deterministic_and_needs_fit_first() -> None:
    train = [HOG().extract(faces(90))]
    once, again = FaceDescriptor(), FaceDescriptor()
    with pytest.raises(RuntimeError, match="fit comes first"):
        once.transform(train[0])
    for kind in (once, again):
        kind.fit(train)
    np.testing.assert_array_equal(once.transform(train[0]), again.transform(train[0]))


def test_words_are_lower_case_with_apostrophes_and_punctuation_apart() -> None:
    assert words("I'm NOT sure… don’t  you?!") == [
        "i'm", "not", "sure", "…", "don't", "you", "?", "!",
    ]  # fmt: skip
    assert words("") == words(" \n") == []


TEXTS = ["yes yes no", "no, not once", "rare"]


def test_tokens_know_what_train_says_twice_and_nothing_else() -> None:
    kind = Tokens()
    kind.fit(TEXTS)
    assert kind.size == 4
    ids = kind.transform("Yes NO rare zebra")
    assert ids.shape == (4, 1)
    assert ids.dtype == np.float32
    yes, no, rare, zebra = ids[:, 0]
    assert sorted([yes, no]) == [2, 3]
    assert rare == zebra == UNKNOWN
    assert kind.transform("...")[:, 0].tolist() == [UNKNOWN] * 3
    assert kind.transform("").tolist() == [[UNKNOWN]]


@settings(max_examples=50)
@given(train=st.lists(st.text(max_size=20), max_size=8), text=st.text(max_size=40))
def test_any_text_becomes_ids_below_the_size_and_vectors_of_the_size(
    train: list[str], text: str
) -> None:
    for kind in (Tokens(), WordVectors()):
        kind.fit(train)
        values = kind.transform(text)
        assert values.dtype == np.float32
        assert len(values) == max(1, len(words(text)))
        assert np.isfinite(values).all()
        if isinstance(kind, Tokens):
            assert values.min() >= UNKNOWN
            assert values.max() < kind.size
        else:
            assert values.shape[1] == kind.size


def sentences(count: int = 400) -> list[str]:
    generator = np.random.default_rng(0)
    frames = (
        ("the {} sleeps under the warm blanket and purrs", ("cat", "dog", "puppy")),
        ("shares of {} fell at the exchange on monday", ("steel", "copper", "oil")),
    )
    texts = []
    for _ in range(count):
        frame, fillers = frames[generator.integers(2)]
        spoken = [
            w for w in frame.format(generator.choice(fillers)).split() if generator.random() < 0.8
        ]
        texts.append(" ".join(spoken))
    return texts


def cosine(kind: WordVectors, one: str, other: str) -> float:
    a, b = kind.transform(one)[0], kind.transform(other)[0]
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_words_used_alike_have_like_vectors() -> None:
    kind = WordVectors()
    kind.fit(sentences())
    alike = [("cat", "dog"), ("dog", "puppy"), ("steel", "copper"), ("copper", "oil")]
    unlike = [("cat", "steel"), ("dog", "copper"), ("puppy", "oil")]
    assert min(cosine(kind, *p) for p in alike) > max(cosine(kind, *p) for p in unlike) + 0.3


def test_a_word_unknown_to_train_is_the_zero_vector() -> None:
    kind = WordVectors()
    kind.fit(sentences())
    values = kind.transform("cat zebra")
    assert np.abs(values[0]).max() > 0
    assert (values[1] == 0).all()


def test_word_vectors_are_deterministic_and_have_a_hundred_dimensions_if_they_can() -> None:
    once, again = WordVectors(), WordVectors()
    many = [" ".join(f"w{(i * k) % 150}" for k in range(1, 8)) for i in range(300)]
    for kind in (once, again):
        kind.fit(many)
    assert once.size == 100
    np.testing.assert_array_equal(once.transform(many[7]), again.transform(many[7]))


def test_what_is_registered_says_what_it_starts_from() -> None:
    known = representations()
    assert {"log_mel", "mfcc", "prosody", "frames", "hog", "face_descriptor"} <= set(known)
    assert {"action_units", "tokens", "word_vectors"} <= set(known)
    sources = {"tokens": "transcript", "face_descriptor": "frames", "mfcc": "waveform"}
    assert {n: source_of(n) for n in sources} == sources
    for name, kind in known.items():
        assert representation(name) is kind
        if issubclass(kind, FittedRepresentation):
            assert kind.base == "transcript" or known[kind.base].modality == kind.modality


def test_threads_that_extract_side_by_side_do_not_get_one_anothers_sound() -> None:
    def both(wave: np.ndarray) -> list[np.ndarray]:
        return [LogMel().extract(wave), MFCC().extract(wave)]

    waves = [noise(2000 + 640 * i, i) for i in range(40)]
    alone = [both(wave) for wave in waves]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(both, waves * 5))
    finally:
        sys.setswitchinterval(before)
    for found, expected in zip(together, alone * 5, strict=True):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)
