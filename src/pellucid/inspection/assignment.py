"""The best one-to-one assignment of rows to columns: the Hungarian method, with potentials and shortest ways."""

from __future__ import annotations

import numpy as np

__all__ = ["assigned"]


def assigned(gains: np.ndarray) -> np.ndarray:
    """For each row the column it is given, so that the sum of the gains is the largest that there is.

    Args:
        gains: (rows, columns), finite.

    Returns:
        the columns (rows,), each at most once; -1 for rows that get none, where there are more rows than columns.

    Example:
        >>> assigned(np.array([[0.9, 0.8], [0.8, 0.1]])).tolist(), assigned(np.array([[1.0], [2.0]])).tolist()
        ([1, 0], [-1, 0])

    Source: H. W. Kuhn, Naval Research Logistics Quarterly 2 (1955); J. Munkres, J. SIAM 5 (1957); one row at a time by
        shortest augmenting paths, as R. Jonker, A. Volgenant, Computing 38 (1987).
    """
    rows, columns = gains.shape
    if rows > columns:
        found = np.full(rows, -1)
        found[assigned(gains.T)] = np.arange(columns)
        return found
    costs = -gains.astype(np.float64)
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)  # of each column
    for row in range(rows):
        shortest, before = np.full(columns, np.inf), np.full(columns, -1)
        done = np.zeros(columns, bool)
        at, column, length = row, -1, 0.0
        while at >= 0:  # until a column is reached that nobody has
            ways = length + costs[at] - row_price[at] - column_price
            better = ~done & (ways < shortest)
            shortest[better], before[better] = ways[better], column
            column = int(np.where(done, np.inf, shortest).argmin())
            length, done[column], at = float(shortest[column]), True, int(owner[column])
        took = done & (owner >= 0)
        row_price[row] += length
        row_price[owner[took]] += length - shortest[took]
        column_price[done] -= length - shortest[done]
        while column >= 0:  # back along the way, each column to the owner before
            previous = int(before[column])
            owner[column] = row if previous < 0 else owner[previous]
            column = previous
    found = np.full(rows, -1)
    found[owner[owner >= 0]] = np.flatnonzero(owner >= 0)
    return found
