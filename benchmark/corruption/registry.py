"""The table of all kinds of corruption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emobench.corruption import audio, images, timing, words
from emobench.corruption.corruption import CorruptionKind
from emobench.modality import MODALITIES

SPEECH_NOISE = (20.0, 15.0, 10.0, 5.0, 0.0)
_AURORA = "the test sets of Aurora-2 (Hirsch and Pearce 2000)"
_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
_WORDS = (0.1, 0.2, 0.3, 0.4, 0.5)
_SPEECH = "chosen by us: what recognisers get wrong from clear to hard spontaneous speech"

KINDS: Final[Mapping[str, CorruptionKind]] = {
    kind.name: kind
    for kind in (
        CorruptionKind(
            "noise", "white noise in the voice", "audio", ("waveform",),
            SPEECH_NOISE, "dB SNR", _AURORA, audio.white_noise,
        ),
        CorruptionKind(
            "babble", f"{audio.VOICES} other speakers behind the voice", "audio", ("waveform",),
            SPEECH_NOISE, "dB SNR", _AURORA, audio.babble,
        ),
        CorruptionKind(
            "reverberation", "the voice in a reverberant room", "audio", ("waveform",),
            (0.2, 0.4, 0.6, 0.8, 1.0), "s reverberation time",
            "the rooms of the REVERB challenge have 0.25 to 0.7 s (Kinoshita et al. 2013)",
            audio.reverberation,
        ),
        CorruptionKind(
            "clipping", "an overloaded microphone", "audio", ("waveform",),
            (0.05, 0.1, 0.2, 0.3, 0.4), "of the samples clipped",
            "evenly up to the 40% at which audiomentations ends", audio.clipping,
        ),
        CorruptionKind(
            "gain", "a quieter voice", "audio", ("waveform",),
            (6.0, 12.0, 18.0, 24.0, 30.0), "dB quieter",
            "chosen by us: each halves the amplitude once more", audio.attenuation,
        ),
        CorruptionKind(
            "occlusion", "a black square over the face", "vision", ("frames",),
            (0.1, 0.2, 0.3, 0.4, 0.5), "of the picture covered",
            "chosen by us: evenly up to half of the picture", images.occlusion,
        ),
        CorruptionKind(
            "blur", "a blurred face", "vision", ("frames",),
            (0.5, 1.0, 1.5, 2.0, 3.0), "pixels of 48, Gaussian",
            "CIFAR-10-C (Hendrycks and Dietterich 2019), scaled to 48 pixels, ends at 1.5",
            images.blur,
        ),
        CorruptionKind(
            "low_resolution", "a face of few pixels", "vision", ("frames",),
            (24.0, 16.0, 12.0, 8.0, 6.0), "pixels a side",
            "of 48; to the smallest faces of Tian (2004) and Shan et al. (2009), and below",
            images.low_resolution, version=2,
        ),
        CorruptionKind(
            "dropped_frames", "frames lost", "vision", ("frames", "action_units"),
            (0.1, 0.3, 0.5, 0.7, 0.9), "of the frames lost",
            "every other missing rate of TFR-Net (Yuan et al. 2021)", images.dropped_frames,
        ),
        CorruptionKind(
            "word_errors", "wrong words", "text", ("transcript",),
            _WORDS, "of the words wrong", _SPEECH, words.word_errors,
        ),
        CorruptionKind(
            "word_deletions", "words left out", "text", ("transcript",),
            _WORDS, "of the words left out", _SPEECH, words.word_deletions,
        ),
        CorruptionKind(
            "shifted_audio", "a voice that comes late", "audio", ("waveform",),
            (0.2, 0.4, 0.6, 0.8, 1.0), "s late",
            "from what viewers notice (ITU-R BT.1359: 0.125 s) upwards, in frames of 0.2 s",
            timing.late_audio, relative=True, version=2,
        ),
        CorruptionKind(
            "shifted_vision", "a face that comes late", "vision", ("frames",),
            (0.2, 0.4, 0.6, 0.8, 1.0), "s late",
            "from what viewers notice (ITU-R BT.1359: 0.045 s) upwards, in frames of 0.2 s",
            timing.late_vision, relative=True, version=2,
        ),
        *(
            CorruptionKind(
                f"swapped_{m}", f"the {m} of an utterance with another label", m, (),
                _SHARES, "of the utterances", "chosen by us: evenly up to all of them",
                relative=True,
            )
            for m in MODALITIES
        ),
    )
}  # fmt: skip

CORRUPTIONS: Final = KINDS
"""The kinds of corruption, under their public name."""
