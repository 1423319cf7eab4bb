"""Faces: a parametric face drawn from facial action units that express an emotion.

The action units (AUs) of each emotion are the prototypes of Ekman and Friesen [1]_ [2]_. Their
intensity rises to an apex and falls again over the utterance.

References
----------
.. [1] P. Ekman, W. V. Friesen. Unmasking the face. Prentice-Hall, 1975.
.. [2] P. Ekman, W. V. Friesen, J. C. Hager. Facial Action Coding System: investigator's guide,
   prototype table. Research Nexus, 2002.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench import FACE_SIZE
from emobench.datasets.simulation.drawing import (
    Canvas,
    Floats,
    bell,
    inside,
    stroke,
)

UNITS: Final = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 23, 25, 26)
"""The action units that the face can show."""

_PROTOTYPES: Final[dict[str, dict[int, float]]] = {
    "anger": {4: 1.1, 5: 0.5, 7: 0.8, 23: 1.0, 17: 0.3},
    "disgust": {9: 1.0, 10: 0.8, 15: 0.5, 17: 0.5, 4: 0.3, 7: 0.4},
    "fear": {1: 0.9, 2: 0.7, 4: 0.4, 5: 1.0, 20: 0.9, 25: 0.6, 26: 0.7},
    "happiness": {6: 0.9, 12: 1.0, 25: 0.6},
    "neutral": {},
    "sadness": {1: 1.0, 4: 0.5, 15: 1.0, 17: 0.6},
}
"""Activity of the action units at the apex, by emotion."""

_STRAY: Final = 0.08
"""Activity of action units that belong to no emotion (talking, habit), at noise 1."""
_PIXEL_NOISE: Final = 0.025
"""Standard deviation of the camera's noise at noise 1, full scale 1."""


@dataclass(frozen=True)
class FaceTraits:
    """A speaker's own face: lengths in pixels, brightness on [0, 1], habits in AU activity."""

    width: float
    height: float
    skin: float
    hair: float
    hairline: float
    background: float
    brow: float
    brow_weight: float
    eye: float
    eye_gap: float
    nose: float
    mouth: float
    mouth_width: float
    lips: float
    frown: float
    smile: float


def draw_face_traits(rng: np.random.Generator) -> FaceTraits:
    """Draw a speaker's face."""
    skin = rng.uniform(0.40, 0.78)
    return FaceTraits(
        width=rng.normal(15.5, 0.7),
        height=rng.normal(20.0, 0.7),
        skin=skin,
        hair=rng.uniform(0.05, 0.7) * skin,
        hairline=rng.uniform(-15.5, -12.5),
        background=rng.uniform(0.1, 0.9),
        brow=rng.normal(-7.6, 0.5),
        brow_weight=rng.uniform(0.8, 1.4),
        eye=rng.normal(1.0, 0.09),
        eye_gap=rng.normal(6.6, 0.35),
        nose=rng.normal(5.4, 0.45),
        mouth=rng.normal(11.3, 0.4),
        mouth_width=rng.normal(5.3, 0.4),
        lips=rng.uniform(0.7, 1.3),
        frown=rng.normal(0.0, 0.07),
        smile=rng.normal(0.0, 0.07),
    )


@dataclass(frozen=True)
class _Activity:
    """Activity of each action unit per frame [T, 1, 1]; 0 rest, about 1 full."""

    au1: Floats
    au2: Floats
    au4: Floats
    au5: Floats
    au6: Floats
    au7: Floats
    au9: Floats
    au10: Floats
    au12: Floats
    au15: Floats
    au17: Floats
    au20: Floats
    au23: Floats
    au25: Floats
    au26: Floats


def _draw_activity(
    emotion: str, frames: int, traits: FaceTraits, rng: np.random.Generator, noise: float
) -> _Activity:
    """Draw the action units' courses: a prototype, its intensity and stray activity."""
    prototype = np.array([_PROTOTYPES[emotion].get(u, 0.0) for u in UNITS])
    intensity = 1.0 - min(1.0, 0.42 * noise) * rng.beta(1.5, 1.7)
    share = np.clip(1.0 + 0.25 * noise * rng.standard_normal(len(UNITS)), 0.0, 1.6)
    stray = noise * _STRAY * np.abs(rng.standard_normal(len(UNITS)))
    resting = stray.copy()
    resting[UNITS.index(4)] += max(0.0, traits.frown)
    resting[UNITS.index(12)] += max(0.0, traits.smile)
    resting[UNITS.index(15)] += max(0.0, -traits.smile)
    time = (np.arange(frames) + 0.5) / frames
    apex, rise, fall = rng.uniform([0.3, 0.2, 0.35], [0.65, 0.35, 0.8])
    course = np.exp(-(((time - apex) / np.where(time < apex, rise, fall)) ** 2))
    # The mouth opens and closes with speech, whatever the face expresses.
    talk = 0.35 * np.clip(np.sin(2 * np.pi * rng.random() + 2.2 * np.arange(frames)), 0.0, None)
    values = np.outer(intensity * prototype * share, course) + resting[:, None]
    values[UNITS.index(25)] += talk * rng.uniform(0.3, 1.2)
    return _Activity(*values[:, :, None, None].astype(np.float32))


def _pose(frames: int, rng: np.random.Generator, noise: float) -> tuple[Floats, Floats]:
    """Return the head's coordinates (right, down) of every pixel [T, 48, 48]."""
    rows, columns = np.mgrid[:FACE_SIZE, :FACE_SIZE].astype(np.float32) - (FACE_SIZE - 1) / 2
    drift = np.cumsum(rng.standard_normal((3, frames)), axis=1) / np.sqrt(frames)
    start = rng.standard_normal(3)
    scale = np.array([0.5, 0.5, 0.025]) * noise
    x, y, roll = (scale[:, None] * (start[:, None] + drift))[:, :, None, None].astype(np.float32)
    u, v = columns - x, rows - y
    return u + roll * v, v - roll * u


def _head(canvas: Canvas, traits: FaceTraits) -> None:
    """Draw hair, neck and the face's oval with its shading."""
    u, v = canvas.across, canvas.down
    oval = (u / traits.width) ** 2 + (v / traits.height) ** 2
    crown = (u / (traits.width + 2.2)) ** 2 + ((v + 2.5) / (traits.height + 0.5)) ** 2
    canvas.paint(inside(traits.width * 0.55 - u, 2.0) * inside(v - 14.0, 2.0), traits.skin * 0.7)
    canvas.paint(inside((1.0 - crown) * 9.0, 1.5) * inside(6.0 - v, 6.0), traits.hair)
    skin = traits.skin * (1.0 - 0.22 * np.clip(oval, 0.0, 1.0) ** 2)
    fringe = traits.hairline + 0.02 * u * u
    canvas.paint(inside((1.0 - oval) * 9.0, 1.5) * inside(v - fringe, 2.0), skin)


def _brows(canvas: Canvas, traits: FaceTraits, au: _Activity) -> None:
    """Draw the brows: AU1 raises the inner ends, AU2 the outer, AU4 lowers and draws together."""
    u, v = canvas.across, canvas.down
    left = 2.9 - 1.0 * au.au4
    right = traits.eye_gap + 4.6
    along = (u - left) / (right - left)
    inner = traits.brow + 0.4 - 2.6 * au.au1 + 2.4 * au.au4 + 0.5 * au.au9
    outer = traits.brow + 0.3 - 2.6 * au.au2 + 0.5 * au.au1 + 0.5 * au.au4
    arch = 1.3 - 0.5 * au.au4 + 0.4 * au.au2
    line = inner + (outer - inner) * along - arch * 4.0 * along * (1.0 - along)
    weight = traits.brow_weight * (1.1 - 0.35 * along)
    canvas.shade(stroke(v - line, weight) * inside(along, 0.15) * inside(1.0 - along, 0.15), 0.75)
    # The furrow between drawn brows, and the forehead's folds over raised ones.
    canvas.shade(au.au4 * stroke(u - 1.3, 0.7) * bell(v - traits.brow - 1.0, 2.4), 0.45)
    fold = stroke(v - traits.brow + 4.0 - 0.03 * u * u, 0.6)
    canvas.shade(au.au1 * fold * inside(7.0 + 3.0 * au.au2 - u, 3.0), 0.2)


def _eyes(canvas: Canvas, traits: FaceTraits, au: _Activity, blink: Floats, gaze: float) -> None:
    """Draw the eyes: AU5 widens, AU7 and AU6 narrow; a blink closes."""
    u, v = canvas.across - traits.eye_gap, canvas.down + 2.2
    half = 3.5
    open_ = np.clip(1.0 - blink, 0.05, 1.0)
    lens = np.clip(1.0 - (u / half) ** 2, 0.0, None)
    upper = traits.eye * (1.75 + 1.25 * au.au5 - 0.7 * au.au7 - 0.25 * au.au6 - 0.4 * au.au9)
    lower = traits.eye * (1.35 + 0.35 * au.au5 - 0.5 * au.au7 - 0.85 * au.au6 - 0.3 * au.au9)
    top = -np.clip(upper, 0.3, None) * open_ * lens
    bottom = np.clip(lower, 0.2, None) * open_ * lens
    opening = inside(v - top, 0.9) * inside(bottom - v, 0.9) * inside(half - abs(u), 0.8)
    canvas.paint(opening, 0.92)
    iris = inside(1.75 - np.sqrt((u - gaze) ** 2 + v * v), 0.9)
    canvas.paint(opening * iris, 0.1)
    canvas.shade(stroke(v - top, 0.8) * inside(half + 0.4 - abs(u), 0.8), 0.65)
    canvas.shade(stroke(v - bottom, 0.6) * inside(half - abs(u), 0.8), 0.25)
    # AU6 lifts the cheek: a fold below the eye and crow's feet beside it.
    canvas.shade(au.au6 * stroke(v - 3.2 + 0.10 * u * u, 0.8) * inside(4.0 - abs(u), 1.0), 0.4)
    canvas.light(au.au6 * bell(u, 3.2) * bell(v - 5.6, 1.8), 0.22)
    canvas.shade(au.au7 * stroke(v - 2.4, 0.6) * inside(3.0 - abs(u), 1.0), 0.22)


def _nose(canvas: Canvas, traits: FaceTraits, au: _Activity) -> None:
    """Draw the nose: AU9 wrinkles its root and lifts its wings; AU10 and AU12 fold the cheek."""
    u, v = canvas.across, canvas.down
    tip = traits.nose - 1.0 * au.au9 - 0.4 * au.au10
    canvas.shade(stroke(u - 2.0, 1.0) * inside(v + 3.0, 2.0) * inside(tip - v, 2.0), 0.15)
    canvas.light(bell(u, 1.1) * inside(v + 3.0, 2.0) * inside(tip - v, 2.0), 0.12)
    canvas.shade(bell(u - 2.0, 0.9) * bell(v - tip, 0.7), 0.6)
    canvas.shade(au.au9 * bell(u - 3.5, 0.7) * bell(v - tip + 0.6, 1.0), 0.4)
    wrinkles = stroke(v + 2.6 + 0.5 * u, 0.6) + stroke(v + 0.4 + 0.5 * u, 0.6)
    canvas.shade(au.au9 * wrinkles * inside(2.8 - u, 0.8), 0.4)
    depth = np.clip(0.6 * au.au10 + 0.6 * au.au9 + 0.7 * au.au12, 0.0, 1.2)
    fold = 3.8 + (0.55 + 0.1 * au.au12) * (v - tip + 1.0)
    reach = inside(v - tip + 1.5, 1.0) * inside(traits.mouth + 0.5 - v, 1.5)
    canvas.shade(depth * stroke(u - fold, 0.8) * reach, 0.3)


def _mouth(canvas: Canvas, traits: FaceTraits, au: _Activity) -> None:
    """Draw the mouth: AU12 lifts the corners, AU15 drops them, AU20 stretches, AU23 tightens."""
    u, v = canvas.across, canvas.down
    half = traits.mouth_width * np.clip(
        1.0 + 0.38 * au.au12 + 0.35 * au.au20 - 0.22 * au.au23 - 0.05 * au.au17, 0.5, None
    )
    along = np.clip(u / half, 0.0, 1.2) ** 2
    corner = -3.0 * au.au12 + 2.7 * au.au15 + 0.7 * au.au20
    middle = traits.mouth + 1.1 * np.clip(au.au12, 0.0, 1.0) - 0.7 * au.au17 - 0.7 * au.au15
    line = middle + corner * along
    arc = np.clip(1.0 - along, 0.0, None)
    gap = (1.2 * au.au25 + 4.4 * au.au26) * arc
    lift = 1.5 * au.au10 * arc
    upper = traits.lips * (1.1 + 0.2 * au.au10) * (1.0 - 0.75 * np.clip(au.au23, 0.0, 1.0))
    lower = traits.lips * (1.5 + 0.6 * au.au17) * (1.0 - 0.65 * np.clip(au.au23, 0.0, 1.0))
    top, bottom = line - lift - 0.35 * gap, line + 0.65 * gap
    ends = inside(half - u, 0.9)
    outer = inside(v - top + upper * np.sqrt(arc), 0.8)
    outer *= inside(bottom + lower * np.sqrt(arc) - v, 0.8)
    canvas.shade(outer * ends, 0.3)
    hole = inside(v - top, 0.8) * inside(bottom - v, 0.8) * ends
    parted = np.clip(gap + lift - 0.4, 0.0, 1.0)
    canvas.paint(hole * parted, 0.12)
    teeth = np.clip(0.9 * au.au12 + 0.8 * au.au10 + 0.6 * au.au20, 0.0, 1.0) * parted
    canvas.paint(hole * teeth * inside(top + 1.4 - v, 0.9), 0.88)
    canvas.shade(stroke(v - line, 0.75) * ends * (1.0 - parted), 0.7)
    canvas.shade(bell(u - half - 0.3, 0.8) * bell(v - middle - corner, 0.8), 0.35)
    # AU17 pushes up the chin, AU23 presses the lips: shadows below and around.
    chin = middle + 4.4 - 0.6 * au.au17 + 2.2 * au.au26
    canvas.shade(
        (0.25 + au.au17) * stroke(v - chin + 0.08 * u * u, 0.9) * inside(4.0 - u, 2.0), 0.3
    )


def _light(canvas: Canvas, rng: np.random.Generator, noise: float) -> None:
    """Light the scene from a side, and let the camera add its noise."""
    rows, columns = np.mgrid[-1.0 : 1.0 : FACE_SIZE * 1j, -1.0 : 1.0 : FACE_SIZE * 1j]
    slope = 0.16 * rng.standard_normal(2)
    gain = 1.0 + 0.08 * rng.standard_normal()
    canvas.pixels *= (gain * (1.0 + slope[0] * rows + slope[1] * columns)).astype(np.float32)
    camera = rng.standard_normal(canvas.pixels.shape, dtype=np.float32)
    canvas.pixels += np.float32(noise * _PIXEL_NOISE) * camera


def render_face(
    emotion: str, frames: int, traits: FaceTraits, rng: np.random.Generator, noise: float
) -> NDArray[np.uint8]:
    """Film a face.

    Parameters
    ----------
    emotion
        What the face expresses.
    frames
        Number of frames at `FRAME_RATE`.
    traits
        The speaker's face.
    rng
        The utterance's own generator.
    noise
        Multiplies stray action units, lack of intensity, head movement and camera noise.

    Returns
    -------
    Grey pixels [frames, FACE_SIZE, FACE_SIZE].
    """
    activity = _draw_activity(emotion, frames, traits, rng, noise)
    across, down = _pose(frames, rng, noise)
    canvas = Canvas(across, down, traits.background)
    blink = (rng.random(frames) < 0.09).astype(np.float32)[:, None, None]
    _head(canvas, traits)
    _brows(canvas.rows(4, 26), traits, activity)
    _eyes(canvas.rows(14, 36), traits, activity, blink, float(rng.normal(0.0, 0.3)))
    _nose(canvas.rows(14, 42), traits, activity)
    _mouth(canvas.rows(28, 48), traits, activity)
    _light(canvas, rng, noise)
    return np.round(np.clip(canvas.pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
