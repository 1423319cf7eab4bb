"""What a column of a table of features is by its name: a feature, or something beside features."""

from __future__ import annotations

import re
import unicodedata

from emobench.normal_form import normal_form

KEY, TIME, BOOKKEEPING, LABEL, FEATURE = "id", "time", "bookkeeping", "label", "feature"

KEYS = (
    "id", "ids", "utterance id", "utt id", "uttid", "segment id", "sample id", "item id", "key",
    "file", "filename", "file name", "file path", "filepath", "path", "name", "wav", "wav file",
    "audio", "audio file", "video", "video file", "image", "clip", "clip id", "utterance", "utt",
    "segment", "sample", "item", "stem",
)  # fmt: skip
"""Columns that say whose features a row holds, the surest first."""

TIMES = ("frametime", "frame time", "timestamp", "time stamp", "time", "start", "start time",
         "begin", "onset", "from", "frame", "frame number", "frame index", "frame no", "frame id",
         "end", "end time", "stop", "offset", "to")  # fmt: skip
"""Columns of which steps take their order, the surest first."""

_UNITS = frozenset({
    "s", "sec", "secs", "second", "seconds", "ms", "msec", "milliseconds", "millisecond", "in",
    "samples",
})  # fmt: skip

_TIME_WORDS = frozenset({
    "start", "end", "begin", "stop", "onset", "offset", "frame", "frames", "time", "times",
    "timestamp", "timecode", "frametime", "duration", "dur", "starttime", "endtime",
    "timedelta", "pts",
})  # fmt: skip
_BOOKKEEPING = frozenset({
    "index", "idx", "row", "rows", "unnamed", "level", "nr", "no", "number", "num", "face",
    "faces", "confidence", "conf", "success", "detected", "track", "split", "fold", "set",
    "partition", "subset", "part", "mode", "usage", "speaker", "speakers", "spk", "sprecher",
    "subject", "actor", "participant", "person", "session", "dialogue", "dialog", "group",
    "gender", "sex", "age", "language", "lang", "text", "transcript", "transcription", "id",
    "ids", "file",
    "filename", "path", "name", "sr", "fs", "sampling", "sample", "rate", "samplerate", "video",
    "clip", "utterance", "utt", "segment", "audio", "wav", "image", "width", "height",
})  # fmt: skip
_LABEL_WORDS = frozenset({
    "label", "labels", "emotion", "emotions", "emo", "class", "classes", "classname", "target",
    "targets", "annotation", "annotations", "sentiment", "sentiments", "polarity",
    "groundtruth", "truth", "gt", "klasse", "gefühl", "étiquette", "etiqueta", "emoción",
    "émotion", "classe", "clase", "valence", "arousal", "dominance", "activation",
})  # fmt: skip
_LABEL_NAMES = frozenset({"y true"})

EMOTIONS = frozenset({
    "angry", "anger", "happy", "happiness", "joy", "joyful", "sad", "sadness", "neutral",
    "fear", "fearful", "disgust", "disgusted", "surprise", "surprised", "contempt", "calm",
    "excited", "frustrated", "frustration", "other",
})  # fmt: skip
"""Words for classes; columns of this name with 0 and 1 alone are labels."""


def words_of(name: str) -> str:
    """The words of a name, lower case: ``frameTime``, ``frame_time`` and ``Frame Time`` agree."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return " ".join(re.findall(r"[^\W_]+", normal_form(split)))


def role_of(name: str) -> str:
    """One of ``KEY``, ``TIME``, ``BOOKKEEPING``, ``LABEL`` and ``FEATURE``."""
    text = words_of(name)
    words = text.split()
    if not words:
        return BOOKKEEPING
    bare = [w for w in words if w not in _UNITS] or words
    if text in KEYS:
        return KEY
    if set(bare) & _LABEL_WORDS or text in _LABEL_NAMES:
        return LABEL
    if " ".join(bare) in TIMES:
        return TIME
    if set(bare) <= _TIME_WORDS | _BOOKKEEPING:
        return BOOKKEEPING
    counted = [w for w in bare if not w.isdecimal()]
    if bare[0] in ("unnamed", "level", "index") and set(counted) <= _BOOKKEEPING:
        return BOOKKEEPING
    return FEATURE


def first_of(names: list[str], order: tuple[str, ...]) -> list[str]:
    """The names that `order` lists, in its order."""
    words = {n: " ".join(w for w in words_of(n).split() if w not in _UNITS) for n in names}
    return [n for word in order for n in names if words_of(n) == word or words[n] == word]
