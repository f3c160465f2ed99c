"""How sure a mean is: bootstrap intervals over looks (Efron, "Bootstrap Methods", 1979)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DRAWS = 2000


def interval(values: Sequence[float], share: float = 0.95) -> tuple[float, float]:
    """Between what the mean lies in ``share`` of the samples drawn anew from ``values``, one value
    a look: looks, not photos, are what a method must generalise over."""
    array = np.asarray(values, np.float64)
    picks = np.random.default_rng(0).integers(0, len(array), (DRAWS, len(array)))
    low, high = np.quantile(array[picks].mean(1), ((1 - share) / 2, (1 + share) / 2))
    return float(low), float(high)


def with_interval(values: Sequence[float], sign: str = "") -> str:
    """``4.82 (4.31 … 5.36)``; ``sign`` is ``+`` for differences, – for no values."""
    if not len(values):
        return "–"
    low, high = interval(values)
    return f"{np.mean(values):{sign}.2f} ({low:{sign}.2f} … {high:{sign}.2f})"
