"""What is rendered: correlates go the documented way, and what is expressed can be decoded."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.fft import dct
from skimage.feature import hog
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from emobench import Folders
from emobench.datasets.simulated import Simulated
from emobench.datasets.simulation.face import draw_face_traits, render_face
from emobench.datasets.simulation.options import Options
from emobench.datasets.simulation.perception import CLASSES
from emobench.datasets.simulation.voice import draw_voice, render_voice
from emobench.datasets.simulation.words import draw_habits, write_words

pytestmark = pytest.mark.slow
"""Decoders are trained on made signals."""


def pitch(wave, low=60, high=500):
    """Median pitch in Hz over the loud frames, from the autocorrelation."""
    frames = np.lib.stride_tricks.sliding_window_view(wave.astype(float), 800)[::400]
    frames = frames[frames.std(1) > 0.5 * frames.std(1).max()]
    frames = (frames - frames.mean(1, keepdims=True)) * np.hanning(800)
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames, 2048)) ** 2)[:, :800]
    correlation /= np.fft.irfft(np.abs(np.fft.rfft(np.hanning(800), 2048)) ** 2)[:800] + 1e-3
    lags = correlation[:, 16_000 // high : 16_000 // low]
    return np.median(16_000 / (lags.argmax(1) + 16_000 // high))


@pytest.fixture(scope="module")
def voices():
    """Mean semitones and dB by emotion over eight speakers, relative to neutral.

    Pitch in semitones, level in dB, and the alpha ratio (1-3.5 kHz to below 1 kHz) in dB.
    """
    measures = {}
    for emotion in CLASSES:
        rows = []
        for s in range(8):
            traits = draw_voice(s, np.random.default_rng(s))
            for i in range(6):
                wave = render_voice(emotion, 32_000, traits, np.random.default_rng([s, i]), 1.0)
                x = wave / 32768.0
                power = np.abs(np.fft.rfft(x)) ** 2
                high = 10 * np.log10(power[2000:7000].sum() / power[100:2000].sum())
                rows.append((12 * np.log2(pitch(x)), 10 * np.log10(np.mean(x**2)), high))
        measures[emotion] = np.mean(rows, axis=0)
    return {e: m - measures["neutral"] for e, m in measures.items()}


def test_mean_pitch_goes_the_documented_way(voices):
    for emotion in ("anger", "fear", "happiness"):
        assert voices[emotion][0] > 1.5
    for emotion in ("sadness", "disgust"):
        assert voices[emotion][0] < -0.5


def test_energy_goes_the_documented_way(voices):
    assert voices["anger"][1] > voices["happiness"][1] > 2.0
    assert voices["sadness"][1] < -2.5


def test_anger_is_brighter_and_sadness_duller(voices):
    assert voices["anger"][2] > 1.0
    assert voices["sadness"][2] < -1.0


def test_a_smile_lifts_the_corners_of_the_mouth():
    """Below the corners it darkens in sadness (AU15), above them in happiness (AU12)."""
    difference = np.zeros((48, 48))
    for s in range(10):
        traits = draw_face_traits(np.random.default_rng(s))
        happy, sad = (
            render_face(e, 9, traits, np.random.default_rng(s), 0.0)[3:6].mean(0)
            for e in ("happiness", "sadness")
        )
        difference += happy - sad
    corners = difference[:, 16:20].mean(1) + difference[:, 28:32].mean(1)
    assert corners[31:35].mean() < 0 < corners[36:39].mean()


def test_fear_opens_the_eyes_wider_than_disgust():
    bright = {}
    for emotion in ("fear", "disgust"):
        areas = []
        for s in range(10):
            traits = draw_face_traits(np.random.default_rng(s))
            frames = render_face(emotion, 9, traits, np.random.default_rng(s), 0.0)
            areas.append(np.median(frames[2:7, 16:26, 8:40].std((1, 2))))
        bright[emotion] = np.mean(areas)
    assert bright["fear"] > bright["disgust"]


def test_words_are_varied_and_within_length():
    rng = np.random.default_rng(0)
    for emotion in CLASSES:
        habits = draw_habits(rng)
        lines = [write_words(emotion, habits, rng, 1.0) for _ in range(300)]
        assert all(4 <= len(line.split()) <= 14 for line in lines)
        assert all("{" not in line for line in lines)
        assert len(set(lines)) > 250


def statistics(sequence):
    return np.concatenate(
        [sequence.mean(0), sequence.std(0), *np.percentile(sequence, [10, 50, 90], axis=0)]
    )


def spectral(wave):
    """Log power in 40 bands and its cosine transform [T, 60]."""
    frames = np.lib.stride_tricks.sliding_window_view(wave, 512)[::256] * np.hanning(512)
    power = np.abs(np.fft.rfft(frames)) ** 2
    edges = (700 * (10 ** (np.linspace(35, 2840, 42) / 2595) - 1) / 31.25).round().astype(int)
    bands = np.stack(
        [power[:, a : max(a + 1, b)].mean(1) for a, b in zip(edges[:-2], edges[2:], strict=True)],
        axis=1,
    )
    log_bands = np.log(bands + 1e-6)
    return np.hstack([log_bands, dct(log_bands, norm="ortho")[:, :20]])


@pytest.fixture(scope="module")
def middle(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    corpus = Simulated(Folders(cache, cache), Options(size=1050, speakers=35, ambiguity=0.5))
    table = corpus.utterances()
    return corpus, table, (table["split"] == "train").to_numpy(), table["split"] == "test"


def accuracy(features, targets, train, test, c):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=500, tol=1e-3))
    return model.fit(features[train], targets[train]).score(features[test], targets[test])


def test_words_can_be_decoded(middle):
    _, table, train, test = middle
    counts = CountVectorizer().fit(table["text"][train]).transform(table["text"]).toarray()
    model = LogisticRegression(max_iter=500).fit(counts[train], table["expressed_text"][train])
    assert 0.80 < model.score(counts[test], table["expressed_text"][test]) < 0.98


def test_voices_can_be_decoded(middle):
    corpus, table, train, test = middle
    features = np.stack(
        [statistics(spectral(corpus.read(row, "waveform"))) for _, row in table.iterrows()]
    )
    assert 0.70 < accuracy(features, table["expressed_audio"], train, test, 0.05) < 0.97


def test_faces_can_be_decoded(middle):
    corpus, table, train, test = middle
    frames = [corpus.read(row, "frames")[::2] for _, row in table.iterrows()]
    faces = [np.stack([hog(f, 8, (8, 8), (2, 2)) for f in clip]) for clip in frames]
    pca = PCA(64, random_state=0).fit(
        np.concatenate([f for f, t in zip(faces, train, strict=True) if t])
    )
    projected = [pca.transform(f) for f in faces]
    features = np.stack([np.concatenate([p.mean(0), p.max(0)]) for p in projected])
    assert 0.72 < accuracy(features, table["expressed_vision"], train, test, 0.1) < 0.98
