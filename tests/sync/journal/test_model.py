"""Any history of reports, repeats, conflicts, settling, kills and restarts leaves what a dictionary would hold."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sync.entries import EntryRefused, NotRecorded, Recorded, Repeated
from tests.sync.journal.conftest import Shop

REPORTS = st.sampled_from([f"r{number}" for number in range(6)])
CONTENTS = st.sampled_from(["one", "two"])


class JournalMachine(RuleBasedStateMachine):
    """``events``: state by sequence. ``answers``: what was said to each report, by id."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.shop = Shop(self.folder)
        self.journal = self._do(self.shop.journal().__aenter__())
        self.events: dict[int, str] = {}
        self.answers: dict[str, tuple[str, Any]] = {}
        self.sold = 0

    def _do(self, work: Any) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    def _expect(self, report: str, content: str) -> Any:
        earlier = self.answers.get(report)
        if earlier is None:
            return None
        return earlier[1] if earlier[0] == content else NotRecorded(retry=False, problem=_other())

    @rule(report=REPORTS, content=CONTENTS, count=st.integers(0, 3))
    def report(self, report: str, content: str, count: int) -> None:
        expected = self._expect(report, content)
        entry = self.shop.entry(*(self.shop.Sold(sku="apple") for _ in range(count)), report=report, content=content)
        outcome = self._do(self.journal.record(entry))
        if expected is not None:
            assert outcome == expected
            return
        assert isinstance(outcome, Recorded)
        first = max(self.events, default=0) + 1
        assert [event.sequence for event in outcome.events] == list(range(first, first + count))
        self.events.update((event.sequence, "queued") for event in outcome.events)
        self.answers[report] = (content, Repeated())
        self.sold += count

    @rule(report=REPORTS, content=CONTENTS, bug=st.booleans())
    def refused_or_broken(self, report: str, content: str, bug: bool) -> None:
        def decide(db: Any) -> Any:
            db.execute("INSERT OR REPLACE INTO stock (sku, sold) VALUES ('apple', 99)")
            raise KeyError("bug") if bug else EntryRefused("no")

        expected = self._expect(report, content)
        outcome = self._do(self.journal.record(self.shop.entry(decide=decide, report=report, content=content)))
        if expected is not None:
            assert outcome == expected
            return
        assert isinstance(outcome, NotRecorded)
        assert not outcome.retry
        self.answers[report] = (content, outcome)

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def settle(self, data: Any) -> None:
        done = data.draw(st.lists(st.sampled_from(sorted(self.events)), unique=True))
        rejected = data.draw(st.lists(st.sampled_from(sorted(self.events)), unique=True, max_size=2))
        self._do(self.journal.settle(done=done, rejected=[(number, "no") for number in rejected]))
        for state, numbers in (("done", done), ("rejected", rejected)):
            for number in numbers:
                if self.events[number] == "queued":
                    self.events[number] = state

    @rule()
    def restart(self) -> None:
        self._do(self.journal.__aexit__(None, None, None))
        self.journal = self._do(self.shop.journal().__aenter__())

    @rule()
    def crash_and_restart(self) -> None:
        """The files as ``kill -9`` would leave them now are opened by another box."""
        copy = self.folder / f"crash-{len(list(self.folder.glob('crash-*')))}"
        copy.mkdir()
        for file in self.shop.path.parent.glob("journal.db*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, copy / file.name)
        self._do(self.journal.__aexit__(None, None, None))
        self.shop.path = copy / "journal.db"
        self.journal = self._do(self.shop.journal().__aenter__())

    @invariant()
    def holds_what_the_dictionary_holds(self) -> None:
        kept = {row.envelope.sequence: row.state for row in self._do(self.journal.latest(1000))}
        assert kept == self.events
        figures = self._do(self.journal.figures())
        assert sum(figures.queued.values()) == list(self.events.values()).count("queued")
        assert sum(figures.done.values()) == list(self.events.values()).count("done")
        assert sum(figures.rejected.values()) == list(self.events.values()).count("rejected")
        sold = self._do(self.journal.query(lambda db: db.execute("SELECT coalesce(max(sold), 0) FROM stock").fetchone()[0]))
        assert sold == self.sold
        assert not [text for name, text in self.shop.alarms if name != "journal-decision"]

    def teardown(self) -> None:
        self._do(self.journal.__aexit__(None, None, None))
        self.loop.close()
        shutil.rmtree(self.folder)


def _other() -> str:
    from sync.recorder import OTHER_CONTENT

    return OTHER_CONTENT


TestJournalModel = JournalMachine.TestCase
TestJournalModel.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
