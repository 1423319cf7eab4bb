"""The kinds of damage that there are, and which of them suit a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emobench.corruption import audio, timing, words
from emobench.corruption import images as pictures
from emobench.corruption.corruption import Kind
from emobench.modality import MODALITIES

SPEECH_NOISE = (20.0, 15.0, 10.0, 5.0, 0.0)
_AURORA = "the test sets of Aurora-2 (Hirsch and Pearce 2000)"
_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
_WORDS = (0.1, 0.2, 0.3, 0.4, 0.5)
_SPEECH = "chosen by us: what recognisers get wrong from clear to hard spontaneous speech"

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            "noise", "white noise in the voice", "audio", ("waveform",),
            SPEECH_NOISE, "dB SNR", _AURORA, audio.white_noise,
        ),
        Kind(
            "babble", f"{audio.VOICES} other speakers behind the voice", "audio", ("waveform",),
            SPEECH_NOISE, "dB SNR", _AURORA, audio.babble,
        ),
        Kind(
            "reverberation", "the voice in a reverberant room", "audio", ("waveform",),
            (0.2, 0.4, 0.6, 0.8, 1.0), "s reverberation time",
            "the rooms of the REVERB challenge have 0.25 to 0.7 s (Kinoshita et al. 2013)",
            audio.reverberation,
        ),
        Kind(
            "clipping", "an overloaded microphone", "audio", ("waveform",),
            (0.05, 0.1, 0.2, 0.3, 0.4), "of the samples clipped",
            "evenly up to the 40% at which audiomentations ends", audio.clipping,
        ),
        Kind(
            "gain", "a quieter voice", "audio", ("waveform",),
            (6.0, 12.0, 18.0, 24.0, 30.0), "dB quieter",
            "chosen by us: each halves the amplitude once more", audio.attenuation,
        ),
        Kind(
            "occlusion", "a black square over the face", "vision", ("frames",),
            (0.1, 0.2, 0.3, 0.4, 0.5), "of the picture covered",
            "chosen by us: evenly up to half of the picture", pictures.occlusion,
        ),
        Kind(
            "blur", "a blurred face", "vision", ("frames",),
            (0.5, 1.0, 1.5, 2.0, 3.0), "pixels of 48, Gaussian",
            "CIFAR-10-C (Hendrycks and Dietterich 2019), scaled to 48 pixels, ends at 1.5",
            pictures.blur,
        ),
        Kind(
            "low_resolution", "a face of few pixels", "vision", ("frames",),
            (24.0, 16.0, 12.0, 8.0, 6.0), "pixels a side",
            "of 48; to the smallest faces of Tian (2004) and Shan et al. (2009), and below",
            pictures.low_resolution, version=2,
        ),
        Kind(
            "dropped_frames", "frames lost", "vision", ("frames", "action_units"),
            (0.1, 0.3, 0.5, 0.7, 0.9), "of the frames lost",
            "every other missing rate of TFR-Net (Yuan et al. 2021)", pictures.dropped_frames,
        ),
        Kind(
            "word_errors", "wrong words", "text", ("transcript",),
            _WORDS, "of the words wrong", _SPEECH, words.word_errors,
        ),
        Kind(
            "word_deletions", "words left out", "text", ("transcript",),
            _WORDS, "of the words left out", _SPEECH, words.word_deletions,
        ),
        Kind(
            "shifted_audio", "a voice that comes late", "audio", ("waveform",),
            (0.2, 0.4, 0.6, 0.8, 1.0), "s late",
            "from what viewers notice (ITU-R BT.1359: 0.125 s) upwards, in frames of 0.2 s",
            timing.late_audio, relative=True, version=2,
        ),
        Kind(
            "shifted_vision", "a face that comes late", "vision", ("frames",),
            (0.2, 0.4, 0.6, 0.8, 1.0), "s late",
            "from what viewers notice (ITU-R BT.1359: 0.045 s) upwards, in frames of 0.2 s",
            timing.late_vision, relative=True, version=2,
        ),
        *(
            Kind(
                f"swapped_{m}", f"the {m} of an utterance with another label", m, (),
                _SHARES, "of the utterances", "chosen by us: evenly up to all of them",
                relative=True,
            )
            for m in MODALITIES
        ),
    )
}  # fmt: skip

CORRUPTIONS: Final = KINDS
"""The name under which protocols see them."""


def why_not(kind: str, sources: Mapping[str, tuple[str, ...]]) -> str:
    """Say why `kind` cannot be done to a corpus, or "" if it can; see `Kind.why_not`."""
    return KINDS[kind].why_not(sources)


def kinds_for(sources: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Names of the kinds that suit a corpus with `sources`."""
    return tuple(name for name in KINDS if not why_not(name, sources))
