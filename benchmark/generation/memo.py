"""What is fitted on a fold is fitted once, however many conditions need it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from emobench.corpus.view import FoldView

T = TypeVar("T")
_kept: WeakKeyDictionary[FoldView, dict[Hashable, Any]] = WeakKeyDictionary()


def once(view: FoldView, key: Hashable, build: Callable[[], T]) -> T:
    """What `build` returned for `key` and this view when it was first asked for.

    Nothing that is kept may hold the view itself: it would never be let go.
    """
    kept = _kept.setdefault(view, {})
    if key not in kept:
        kept[key] = build()
    found: T = kept[key]
    return found
