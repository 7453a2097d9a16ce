"""Which rows of two sides have the same key: by hash, and then byte by byte, never by luck."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from medsettle.reconcile.texts import Array

_MULTIPLY: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_SHIFT: Final = (np.uint64(32), np.uint64(29))


class Joined(NamedTuple):
    """Positions on both sides: one to one, on one side only, and keys with several rows."""

    pairs: tuple[Array, Array]
    only_a: Array
    only_b: Array
    many: list[tuple[Array, Array]]


def joined(a: Array, b: Array, marks: tuple[Array, Array] | None = None) -> Joined:
    """Join two columns of keys (`S`); rows with another mark (a bool) have another key."""
    width = max(a.itemsize, b.itemsize)
    keys = np.concatenate([a.astype(f"S{width}"), b.astype(f"S{width}")])
    mark = np.zeros(len(keys), np.bool_) if marks is None else np.concatenate(marks)
    order, starts = _grouped(keys, mark)
    sizes = np.diff(starts, append=len(order))
    is_b = order >= len(a)
    in_b = np.add.reduceat(is_b, starts, dtype=np.int64) if len(starts) else sizes
    # The order is stable, so a pair has the row of `a` first.
    paired = starts[(sizes == 2) & (in_b == 1)]
    single = sizes == 1
    many = (
        [
            _split(order[start : start + size], len(a))
            for start, size, others in zip(
                starts.tolist(), sizes.tolist(), in_b.tolist(), strict=True
            )
            if size > 2 or (size == 2 and others != 1)
        ]
        if bool((sizes > 1).sum() > len(paired))
        else []
    )
    return Joined(
        (order[paired], order[paired + 1] - len(a)),
        order[starts[single & (in_b == 0)]],
        order[starts[single & (in_b == 1)]] - len(a),
        many,
    )


def _split(positions: Array, first_of_b: int) -> tuple[Array, Array]:
    is_b = positions >= first_of_b
    return positions[~is_b], positions[is_b] - first_of_b


def _grouped(keys: Array, mark: Array) -> tuple[Array, Array]:
    """Return an order in which equal keys stand together, and where each key begins."""
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    hashed = hash_of(keys) ^ mark
    order = np.argsort(hashed, kind="stable")
    begins = _begins(hashed[order])
    ordered, ordered_mark = keys[order], mark[order]
    differs = (ordered[1:] != ordered[:-1]) | (ordered_mark[1:] != ordered_mark[:-1])
    if bool((differs & ~begins[1:]).any()):  # two keys with one hash: sort by the keys themselves
        order = np.lexsort((keys, mark))
        ordered, ordered_mark = keys[order], mark[order]
        begins[1:] = (ordered[1:] != ordered[:-1]) | (ordered_mark[1:] != ordered_mark[:-1])
    return order, np.flatnonzero(begins)


def _begins(ordered: Array) -> Array:
    begins = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return begins


def words_of(keys: Array) -> Array:
    """Return keys (`S`) as rows of 64-bit words, padded with zeros."""
    width = -(-keys.itemsize // 8) * 8
    return keys.astype(f"S{width}").view("<u8").reshape(len(keys), width // 8)


def hash_of(keys: Array) -> Array:
    """Return a 64-bit hash of each key, the same whatever the width of the column."""
    hashed = np.full(len(keys), 0x2545F4914F6CDD1D, np.uint64)
    for word in words_of(keys).T:
        mixed = hashed ^ word
        for times, shift in zip(_MULTIPLY, _SHIFT, strict=True):
            mixed *= times
            mixed ^= mixed >> shift
        hashed = np.where(word == 0, hashed, mixed)  # padding counts for nothing
    return hashed & ~np.uint64(1)  # the lowest bit is the mark's
