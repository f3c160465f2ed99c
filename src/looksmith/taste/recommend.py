"""What to show whom: items that follow what a user did, factors, and pictures for what is new.

Three scores are added, each divided by its own largest for the user:

- *transitions*: items that others took up soon after those of the user's history, the latest
  counting most (a Markov chain over gaps, as in Rendle et al. 2010, without factors);
- *neighbours*: cosine similarity of items over users, whatever the order;
- *factors*: implicit alternating least squares (Hu, Koren and Volinsky, "Collaborative Filtering
  for Implicit Feedback Datasets", 2008), by the package ``implicit``.

No weight belongs to a single user: a user's row is worked out from their history when it is asked
for. An item without events takes the scores of the items whose pictures are nearest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]
_ROWS = 2000  # users scored together
_COLUMNS = 1000  # items compared with all at once
_NEAREST = 20  # items whose pictures stand in for one without events
_FEW = 1e-9


@dataclass(frozen=True)
class Histories:
    """What each of U users took up, oldest first, as one list of items with row starts."""

    starts: Numbers
    """``(U + 1,)``."""
    items: Numbers
    """``(E,)`` numbers below ``count``."""
    count: int
    """How many items there are."""
    weights: Floats | None = None
    """``(E,)``, 1 each where None."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Numbers:
        """``(U,)``."""
        return np.diff(self.starts)

    def without_last(self) -> tuple[Histories, Numbers]:
        """Histories less their last item, and that item, for users who have two or more."""
        long = np.flatnonzero(self.lengths >= 2)
        last = self.items[self.starts[long + 1] - 1]
        keep = np.zeros(len(self.items), bool)
        for row in long:
            keep[self.starts[row] : self.starts[row + 1] - 1] = True
        starts = np.concatenate(([0], np.cumsum(self.lengths[long] - 1)))
        weights = None if self.weights is None else self.weights[keep]
        return Histories(starts, self.items[keep], self.count, weights), last

    def matrix(self, decay: float = 1.0) -> sparse.csr_matrix:
        """``(U, items)``: weights, times ``decay`` for each later item of the user."""
        back = np.repeat(self.starts[1:], self.lengths) - 1 - np.arange(len(self.items))
        values = np.power(np.float32(decay), back.astype(np.float32))
        if self.weights is not None:
            values = values * self.weights
        shape = (len(self), self.count)
        return sparse.csr_matrix((values, self.items, self.starts), shape=shape)


@dataclass(frozen=True)
class Settings:
    """How the scores are made and mixed."""

    window: int = 8
    """Transitions between items at most this far apart."""
    backward: float = 0.5
    """What a transition counts against the order."""
    popularity: float = 0.5
    """How far popular items are divided by their count: 0 not, 1 in full."""
    memory: float = 0.85
    """What the item before counts, for transitions."""
    neighbour_memory: float = 0.97
    """The same, for neighbours."""
    neighbours: float = 0.5
    """Weight of the neighbours."""
    factors: float = 0.3
    """Weight of the factors; 0 leaves them out."""
    size: int = 64
    """How many factors."""
    regularisation: float = 0.05
    confidence: float = 5.0
    iterations: int = 12
    most_similar: int = 200
    """Similar items kept for each."""


@dataclass(frozen=True)
class Recommender:
    """What was learned from histories, for any user."""

    settings: Settings
    transitions: sparse.csr_matrix
    """``(items, items)``."""
    neighbours: sparse.csr_matrix
    """``(items, items)``."""
    factors: Floats | None
    """``(items, F)``."""
    popularity: Floats
    """``(items,)`` how many users took each up."""

    @classmethod
    def fit(
        cls, histories: Histories, settings: Settings | None = None, seed: int = 0
    ) -> Recommender:
        """Learn from histories."""
        s = settings or Settings()
        once = histories.matrix()
        once.sum_duplicates()
        once.data = np.minimum(once.data, 1)
        popularity = np.asarray(once.sum(0), np.float32).ravel()
        factors = _item_factors(once, s, seed) if s.factors > 0 and len(histories) > 1 else None
        return cls(
            s,
            _kept(_transitions(histories, popularity, s), s.most_similar),
            _cosine(once, popularity, s),
            factors,
            popularity,
        )

    def scores(self, histories: Histories) -> Iterator[tuple[slice, Floats]]:
        """Blocks of ``(rows, items)`` scores in the order of the users; what a user has taken up
        is not left out."""
        recent = histories.matrix(self.settings.memory)
        whole = histories.matrix(self.settings.neighbour_memory)
        plain = histories.matrix()
        for start in range(0, len(histories), _ROWS):
            rows = slice(start, min(start + _ROWS, len(histories)))
            total = _scaled((recent[rows] @ self.transitions).toarray())
            total += self.settings.neighbours * _scaled((whole[rows] @ self.neighbours).toarray())
            if self.factors is not None:
                users = _user_factors(plain[rows], self.factors, self.settings)
                total += self.settings.factors * _scaled((users @ self.factors.T).clip(0))
            total += _FEW * self.popularity  # who did nothing yet is shown what most like
            yield rows, total

    def most_popular(self, histories: Histories) -> Iterator[tuple[slice, Floats]]:
        """The same score for everyone: how many took each item up."""
        for start in range(0, len(histories), _ROWS):
            rows = slice(start, min(start + _ROWS, len(histories)))
            yield rows, np.tile(self.popularity, (rows.stop - start, 1))


def top(scores: Floats, seen: sparse.csr_matrix | None, count: int) -> Numbers:
    """The ``count`` best items of each row, best first; what was seen is left out."""
    scores = scores.copy()
    if seen is not None:
        seen = seen.tocoo()
        scores[seen.row, seen.col] = -np.inf
    count = min(count, scores.shape[1])
    best = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    order = np.take_along_axis(-scores, best, 1).argsort(axis=1, kind="stable")
    return np.take_along_axis(best, order, 1)


def picture_scores(scores: Floats, codes: Floats, known: NDArray[np.bool_]) -> Floats:
    """Scores ``(rows, items)`` with those of items that are not ``known`` by events taken from
    the items whose unit vectors ``(items, D)`` of pictures are nearest."""
    if known.all() or not known.any():
        return scores
    new, old = np.flatnonzero(~known), np.flatnonzero(known)
    similar = codes[new] @ codes[old].T
    count = min(_NEAREST, len(old))
    nearest = np.argpartition(-similar, count - 1, axis=1)[:, :count]
    shares = np.exp(8 * np.take_along_axis(similar, nearest, 1))
    shares /= shares.sum(1, keepdims=True)
    out = scores.copy()
    for index, item in enumerate(new):
        out[:, item] = scores[:, old[nearest[index]]] @ shares[index]
    return out


def _scaled(scores: Floats) -> Floats:
    most = scores.max(1, keepdims=True)
    return np.asarray(scores / np.where(most > 0, most, 1), np.float32)


def _transitions(histories: Histories, popularity: Floats, settings: Settings) -> sparse.csr_matrix:
    """Counts of pairs ``(from, to)`` within the window, ``1 / gap`` each."""
    user = np.repeat(np.arange(len(histories)), histories.lengths)
    shape = (histories.count, histories.count)
    total = sparse.csr_matrix(shape, dtype=np.float32)
    for gap in range(1, settings.window + 1):
        same = user[gap:] == user[:-gap]
        first, second = histories.items[:-gap][same], histories.items[gap:][same]
        values = np.full(len(first), 1 / gap, np.float32)
        total = total + sparse.csr_matrix((values, (first, second)), shape=shape)
    total = total + settings.backward * total.T.tocsr()
    return _discounted(total, popularity, settings.popularity)


def _cosine(once: sparse.csr_matrix, popularity: Floats, settings: Settings) -> sparse.csr_matrix:
    """Cosine of the items' users, where a user of many items tells less of each
    (inverse user frequency, Breese et al. 1998)."""
    lengths = np.asarray(once.sum(1)).ravel()
    rarity = sparse.diags((1 / np.sqrt(np.maximum(lengths, 1))).astype(np.float32))
    weighted = (rarity @ once).tocsc()
    blocks = []
    for start in range(0, once.shape[1], _COLUMNS):
        block = (weighted[:, start : start + _COLUMNS].T @ weighted).tocsr()
        block = _discounted(block, popularity, settings.popularity, start)
        blocks.append(_kept(block, settings.most_similar, start))
    return sparse.vstack(blocks).tocsr()


def _discounted(
    pairs: sparse.csr_matrix, popularity: Floats, power: float, first: int = 0
) -> sparse.csr_matrix:
    """Divide by the counts of both items to the power."""
    down = (1 / np.maximum(popularity, 1) ** power).astype(np.float32)
    rows = sparse.diags(down[first : first + pairs.shape[0]])
    return (rows @ pairs @ sparse.diags(down)).tocsr()


def _kept(pairs: sparse.csr_matrix, most: int, first: int = 0) -> sparse.csr_matrix:
    """The largest entries of each row, not of an item with itself."""
    pairs = pairs.tocsr()
    starts, columns, values = [0], [], []
    for row in range(pairs.shape[0]):
        at = slice(pairs.indptr[row], pairs.indptr[row + 1])
        column, value = pairs.indices[at], pairs.data[at]
        other = column != row + first
        column, value = column[other], value[other]
        if len(value) > most:
            best = np.argpartition(-value, most)[:most]
            column, value = column[best], value[best]
        columns.append(column)
        values.append(value)
        starts.append(starts[-1] + len(value))
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(columns), starts), shape=pairs.shape
    )


def _item_factors(once: sparse.csr_matrix, settings: Settings, seed: int) -> Floats:
    import logging

    logging.getLogger("implicit").setLevel(logging.ERROR)
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    model = AlternatingLeastSquares(
        factors=settings.size,
        regularization=settings.regularisation,
        alpha=settings.confidence,
        iterations=settings.iterations,
        random_state=seed,
        num_threads=1,  # more threads add in another order: not the same to the bit
    )
    with threadpool_limits(1, "blas"):
        model.fit(once, show_progress=False)
    return np.asarray(model.item_factors, np.float32)


def _user_factors(history: sparse.csr_matrix, factors: Floats, settings: Settings) -> Floats:
    """The least-squares step for users alone (Hu et al. 2008, equation 4)."""
    size = factors.shape[1]
    gram = factors.T @ factors + settings.regularisation * np.eye(size, dtype=np.float32)
    out = np.zeros((history.shape[0], size), np.float32)
    for row in range(history.shape[0]):
        seen = factors[np.unique(history.indices[history.indptr[row] : history.indptr[row + 1]])]
        if len(seen):
            left = gram + (settings.confidence - 1) * seen.T @ seen
            out[row] = np.linalg.solve(left, settings.confidence * seen.sum(0))
    return out
