"""An alarm with its line in the log: once when it goes up or says something else, once when it is down again."""

from __future__ import annotations

import structlog

from edge.status import Board

log = structlog.get_logger()


def tell_alarm(board: Board, name: str, problem: str) -> None:
    """Put ``problem`` up as the alarm ``name``; take it down when there is none."""
    if problem and board.alarms.get(name) != problem:
        log.warning(problem, part=name)
        board.raise_alarm(name, problem)
    elif not problem and name in board.alarms:
        log.info("works again", part=name)
        board.clear_alarm(name)
