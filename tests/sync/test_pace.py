from sync.pace import Pace


def test_a_missed_deadline_halves_down_to_one() -> None:
    pace = Pace(500)
    sizes = []
    for _ in range(10):
        pace.late()
        sizes.append(pace.events)
    assert sizes == [250, 125, 62, 31, 15, 7, 3, 1, 1, 1]


def test_only_steady_answers_dare_more() -> None:
    pace = Pace(500)
    pace.late()
    for _ in range(15):
        pace.answered()
    pace.late()
    for _ in range(15):
        pace.answered()
    assert pace.events == 125
    pace.answered()
    assert pace.events == 250


def test_a_good_line_stays_at_full_batches() -> None:
    pace = Pace(500)
    for _ in range(100):
        pace.answered()
    assert pace.events == 500
