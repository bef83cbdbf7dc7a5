"""The box's figures for Prometheus; without them a chain of shops could not be watched from one screen.

    storebox_device_up{device="scale-1",kind="scale"} 1
    storebox_journal_queued{class="order"} 12

Times are Unix seconds, ages seconds, sizes bytes. Names and labels are a promise: dashboards are built on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.faces.window import FacesShown
from edge.status import Board, SyncStatus
from edge.vision.window import VisionStatus
from sync.events import EventClass
from sync.figures import Figures


def metrics(board: Board, figures: Figures, *, version: str, now: datetime) -> bytes:
    """All figures in the Prometheus text format 0.0.4; ``now`` is UTC."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(board=board, figures=figures, version=version, now=now))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Snapshot(Collector):
    """What prometheus_client asks for the figures; lives for one answer."""

    board: Board
    figures: Figures
    version: str
    now: datetime

    def collect(self) -> Iterable[Metric]:
        """Every family in the order of the page: the box, its devices, its journal, its sync."""
        yield _labelled("storebox_info", "The version that runs.", ["version"], [([self.version], 1)])
        yield _labelled(
            "storebox_alarm", "1 for each alarm that is up.", ["alarm"], [([name], 1) for name in sorted(self.board.alarms)]
        )
        yield from _devices(self.board)
        yield from _journal(self.figures, self.now)
        yield from _sync(self.board.sync)
        if self.board.vision is not None:
            yield from _vision(self.board.vision)
        if self.board.faces is not None:
            yield from _faces(self.board.faces)


def _devices(board: Board) -> Iterator[Metric]:
    up = GaugeMetricFamily("storebox_device_up", "1 while the device speaks, 0 otherwise.", labels=["device", "kind"])
    heard = GaugeMetricFamily("storebox_device_last_reading_timestamp_seconds", "When it last said something.", labels=["device"])
    readings = CounterMetricFamily("storebox_device_readings", "What it has said since the start.", labels=["device"])
    reopened = CounterMetricFamily("storebox_device_reopened", "How often its wire was opened again.", labels=["device"])
    unreadable = CounterMetricFamily("storebox_device_unreadable", "What it said and nobody understood.", labels=["device"])
    for name, device in sorted(board.devices.items()):
        up.add_metric([name, device.kind], device.state == "up")
        if device.reading is not None:
            heard.add_metric([name], device.reading.at.timestamp())
        readings.add_metric([name], device.readings_seen)
        reopened.add_metric([name], device.reopened)
        unreadable.add_metric([name], device.unreadable)
    return iter((up, heard, readings, reopened, unreadable))


def _journal(figures: Figures, now: datetime) -> Iterator[Metric]:
    yield _by_class("storebox_journal_queued", "Events that the cloud does not have yet.", figures.queued)
    yield _by_class("storebox_journal_done", "Events that the cloud has and the box still keeps.", figures.done)
    yield _by_class("storebox_journal_rejected", "Events that the cloud refuses.", figures.rejected)
    oldest = figures.oldest_queued_time
    waited_s = max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
    yield _plain("storebox_journal_oldest_seconds", "How long the oldest queued event has waited.", waited_s)
    yield _plain("storebox_journal_last_sequence", "The number of the newest event.", figures.last_sequence)
    yield _plain("storebox_journal_dead_letters", "Reports that were set aside.", figures.dead_letters)
    yield CounterMetricFamily(
        "storebox_journal_dropped_telemetry", "Telemetry given up for want of space.", value=figures.dropped_telemetry
    )
    yield _plain("storebox_journal_disk_bytes", "What the journal takes of the disk.", figures.bytes_on_disk)
    yield _plain("storebox_journal_quota_bytes", "What the journal may take of the disk.", figures.quota_bytes)
    yield _plain("storebox_journal_ok", "1 while orders are recorded, 0 while they are refused.", figures.state == "ok")


def _sync(sync: SyncStatus) -> Iterator[Metric]:
    yield _labelled("storebox_sync_state", "1 for the state the upload is in.", ["state"], [([sync.state], 1)])
    yield CounterMetricFamily("storebox_sync_sent", "Events that the cloud has taken since the start.", value=sync.sent)
    yield CounterMetricFamily("storebox_sync_rejected", "Events that the cloud has refused since the start.", value=sync.rejected)
    if sync.last_sent_at is not None:
        yield _plain(
            "storebox_sync_last_sent_timestamp_seconds", "When the cloud last took events.", sync.last_sent_at.timestamp()
        )


def _vision(vision: VisionStatus) -> Iterator[Metric]:
    yield _plain("storebox_vision_up", "1 while the inference process runs.", vision.state == "on")
    yield CounterMetricFamily("storebox_vision_restarts", "How often it was started again.", value=vision.restarts)
    yield _plain("storebox_vision_resident_bytes", "The memory that it takes.", vision.rss_bytes)
    models = [([task, each.model], each) for task, each in vision.inferences.items()]
    on = [(labels, each.state == "on") for labels, each in models]
    yield _labelled("storebox_vision_inference_on", "1 while a model is in use.", ["task", "model"], on)
    seconds = [(labels, each.ms / 1000) for labels, each in models]
    yield _labelled("storebox_vision_inference_seconds", "How long a picture takes it.", ["task", "model"], seconds)
    cameras = [([name], each) for name, each in vision.cameras.items()]
    watched = [(labels, each.state == "watched") for labels, each in cameras]
    yield _labelled("storebox_vision_camera_watched", "1 while people are counted by it.", ["camera"], watched)
    people = [(labels, each.figures.people) for labels, each in cameras]
    yield _labelled("storebox_vision_people", "How many are in its picture.", ["camera"], people)
    pictures = CounterMetricFamily(
        "storebox_vision_pictures", "What became of its pictures since it is watched.", labels=["camera", "outcome"]
    )
    for name, each in vision.cameras.items():
        for outcome in ("processed", "still", "skipped", "starved"):
            pictures.add_metric([name, outcome], getattr(each.figures, outcome))
    yield pictures


def _faces(faces: FacesShown) -> Iterator[Metric]:
    yield _plain("storebox_faces_up", "1 while members can be recognised by face.", faces.state == "on")
    yield _plain("storebox_face_templates", "Face templates that are stored; a filing is due at 100000.", faces.templates)
    yield CounterMetricFamily("storebox_faces_restarts", "How often its process was started again.", value=faces.restarts)
    yield _plain("storebox_faces_resident_bytes", "The memory that it takes.", faces.rss_bytes)


def _plain(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def _by_class(name: str, says: str, counts: Mapping[EventClass, int]) -> Metric:
    """One line for each class, also for the one with nothing in it: an absent line would look like an absent box."""
    return _labelled(name, says, ["class"], [([kind.name.lower()], counts.get(kind, 0)) for kind in EventClass])


def _labelled(name: str, says: str, labels: list[str], lines: Iterable[tuple[list[str], float]]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for values, value in lines:
        family.add_metric(values, value)
    return family
