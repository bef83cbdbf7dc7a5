"""What belongs together, each taken once and all as cheaply as can be: without it two tracks would claim one person.

    cost  2 9 9      cheapest_pairs(cost) -> rows 0 1, columns 0 2: row 1 leaves its cheapest column 0 to row 0
          1 9 3

The Hungarian method (Kuhn 1955) as shortest paths: a row takes the column that is cheapest for it, whoever has that moves to
where it costs least, and so on. Our own, because scipy loads half of itself for it, 0.5 s and 50 MiB in each process that counts
people, and lap 0.5.13 takes a million for infinity (gatagat/lap#19) and reads beside a table of nothing. Plain lists, because
tables are small: ten people of whom each could be each take 0.05 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and, for each, its column."""

NOBODY = -1


def cheapest_pairs(cost: NDArray[np.float64]) -> Pairs:
    """The rows and columns of finite ``cost`` (n×m) whose sum is the least: as many as the shorter side has."""
    height, width = cost.shape
    if height > width:
        columns, rows = cheapest_pairs(cost.T)
        return rows, columns
    places = _Places(cost=cost.tolist(), row_of=[NOBODY] * width, row_price=[0.0] * height, column_price=[0.0] * width)
    for row in range(height):
        places.take_in(row)
    columns = np.array([column for column, row in enumerate(places.row_of) if row != NOBODY], np.intp)
    return np.array(places.row_of, np.intp)[columns], columns


@dataclass(slots=True, kw_only=True)
class _Places:
    """Who has which column. No entry of a row that has one costs less than the prices of row and column; that one costs both."""

    cost: list[list[float]]
    row_of: list[int]
    row_price: list[float]
    column_price: list[float]

    def take_in(self, row: int) -> None:
        """Give ``row`` a column; whoever has it moves on, up to one that nobody has."""
        far, before = [inf] * len(self.row_of), [NOBODY] * len(self.row_of)
        left, passed = list(range(len(self.row_of))), list[int]()
        asks, column, gone = row, NOBODY, 0.0
        while asks != NOBODY:
            costs, so_far = self.cost[asks], gone - self.row_price[asks]
            for other in left:
                there = so_far + costs[other] - self.column_price[other]
                if there < far[other]:
                    far[other], before[other] = there, column
            column = min(left, key=far.__getitem__)
            left.remove(column)
            passed.append(column)
            asks, gone = self.row_of[column], far[column]
        self._settle(row, [(each, gone - far[each]) for each in passed[:-1]], gone)
        while column != NOBODY:
            from_there = before[column]
            self.row_of[column] = row if from_there == NOBODY else self.row_of[from_there]
            column = from_there

    def _settle(self, row: int, passed: list[tuple[int, float]], gone: float) -> None:
        """The prices after a way of the length ``gone`` past columns that lay so much nearer."""
        self.row_price[row] += gone
        for column, nearer in passed:
            self.row_price[self.row_of[column]] += nearer
            self.column_price[column] -= nearer
