"""Prometheus reads what the page shows, and no name changes unnoticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drivers.readings import Weight
from edge.faces.window import FacesShown
from edge.host.metrics import metrics
from edge.status import Board, DeviceStatus, SyncStatus
from edge.vision.window import CameraShown, VisionStatus
from edge.vision.words import CameraFigures, Inference
from sync.events import EventClass
from sync.figures import Figures
from sync.works import JournalState

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
FIGURES = Figures(
    queued={EventClass.ORDER: 12, EventClass.TELEMETRY: 3},
    done={EventClass.ORDER: 100},
    rejected={EventClass.MEMBER: 1},
    oldest_queued_time=NOW - timedelta(minutes=2),
    last_sequence=116,
    dead_letters=4,
    dropped_telemetry=5,
    bytes_on_disk=1 << 20,
    quota_bytes=1 << 30,
    state="ok",
    problem="",
)


def board() -> Board:
    shown = Board()
    weight = Weight(device="scale-1", at=NOW, monotonic_ms=1, grams=1234, state="stable")
    shown.show_device(
        DeviceStatus(
            device="scale-1",
            kind="scale",
            driver="scale/mt-sics",
            state="up",
            since=NOW,
            reading=weight,
            readings_seen=7,
            reopened=1,
        )
    )
    shown.show_device(
        DeviceStatus(device="till-1", kind="till", driver="till/mqtt", state="gone", since=NOW, problem="no broker", unreadable=2)
    )
    shown.show_sync(SyncStatus(state="waiting", problem="no line", sent=100, rejected=1, last_sent_at=NOW))
    shown.raise_alarm("disk", "free some space")
    return shown


def read(board: Board, figures: Figures) -> dict[str, float]:
    """The answer as Prometheus itself parses it, by ``name{label=value}``."""
    text = metrics(board, figures, version="0.1.0", now=NOW).decode()
    return {
        sample.name + "".join(f"{{{key}={value}}}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_figure_has_its_promised_name():
    told = {name: value for name, value in read(board(), FIGURES).items() if name.startswith("storebox_")}
    assert told == {
        "storebox_info{version=0.1.0}": 1,
        "storebox_alarm{alarm=disk}": 1,
        "storebox_device_up{device=scale-1}{kind=scale}": 1,
        "storebox_device_up{device=till-1}{kind=till}": 0,
        "storebox_device_last_reading_timestamp_seconds{device=scale-1}": NOW.timestamp(),
        "storebox_device_readings_total{device=scale-1}": 7,
        "storebox_device_readings_total{device=till-1}": 0,
        "storebox_device_reopened_total{device=scale-1}": 1,
        "storebox_device_reopened_total{device=till-1}": 0,
        "storebox_device_unreadable_total{device=scale-1}": 0,
        "storebox_device_unreadable_total{device=till-1}": 2,
        "storebox_journal_queued{class=order}": 12,
        "storebox_journal_queued{class=member}": 0,
        "storebox_journal_queued{class=telemetry}": 3,
        "storebox_journal_done{class=order}": 100,
        "storebox_journal_done{class=member}": 0,
        "storebox_journal_done{class=telemetry}": 0,
        "storebox_journal_rejected{class=order}": 0,
        "storebox_journal_rejected{class=member}": 1,
        "storebox_journal_rejected{class=telemetry}": 0,
        "storebox_journal_oldest_seconds": 120,
        "storebox_journal_last_sequence": 116,
        "storebox_journal_dead_letters": 4,
        "storebox_journal_dropped_telemetry_total": 5,
        "storebox_journal_disk_bytes": 1 << 20,
        "storebox_journal_quota_bytes": 1 << 30,
        "storebox_journal_ok": 1,
        "storebox_sync_state{state=waiting}": 1,
        "storebox_sync_sent_total": 100,
        "storebox_sync_rejected_total": 1,
        "storebox_sync_last_sent_timestamp_seconds": NOW.timestamp(),
    }


def test_a_box_whose_cameras_count_tells_how():
    counting = board()
    figures = CameraFigures(pictures=100, processed=40, skipped=50, starved=1, still=9, people=3)
    counting.show_vision(
        VisionStatus(
            state="on",
            cameras={"cam-door": CameraShown(state="watched", figures=figures), "cam-till": CameraShown(state="blind")},
            inferences={
                "people": Inference(model="yolox-nano", state="on", ms=24.0),
                "hands": Inference(model="poses", state="off", problem="fetch it"),
            },
            restarts=2,
            rss_bytes=1 << 27,
        )
    )
    told = {name: value for name, value in read(counting, FIGURES).items() if name.startswith("storebox_vision_")}
    of_door = "storebox_vision_pictures_total{camera=cam-door}"
    of_till = "storebox_vision_pictures_total{camera=cam-till}"
    assert told == {
        "storebox_vision_up": 1,
        "storebox_vision_restarts_total": 2,
        "storebox_vision_resident_bytes": 1 << 27,
        "storebox_vision_inference_on{model=yolox-nano}{task=people}": 1,
        "storebox_vision_inference_on{model=poses}{task=hands}": 0,
        "storebox_vision_inference_seconds{model=yolox-nano}{task=people}": 0.024,
        "storebox_vision_inference_seconds{model=poses}{task=hands}": 0,
        "storebox_vision_camera_watched{camera=cam-door}": 1,
        "storebox_vision_camera_watched{camera=cam-till}": 0,
        "storebox_vision_people{camera=cam-door}": 3,
        "storebox_vision_people{camera=cam-till}": 0,
        f"{of_door}{{outcome=processed}}": 40,
        f"{of_door}{{outcome=skipped}}": 50,
        f"{of_door}{{outcome=starved}}": 1,
        f"{of_door}{{outcome=still}}": 9,
        **{f"{of_till}{{outcome={outcome}}}": 0 for outcome in ("processed", "skipped", "starved", "still")},
    }


def test_the_process_tells_its_memory_and_descriptors():
    told = read(board(), FIGURES)
    assert told["process_resident_memory_bytes"] > 1_000_000
    assert told["process_open_fds"] > 0


def test_an_empty_queue_is_no_age_and_no_missing_line():
    told = read(Board(), replace(FIGURES, queued={}, oldest_queued_time=None))
    assert told["storebox_journal_oldest_seconds"] == 0
    assert told["storebox_journal_queued{class=order}"] == 0
    assert "storebox_sync_last_sent_timestamp_seconds" not in told


@pytest.mark.parametrize("state", ["full", "failing"])
def test_a_journal_that_refuses_is_not_ok(state: JournalState):
    assert read(Board(), replace(FIGURES, state=state))["storebox_journal_ok"] == 0


def test_a_clock_that_was_set_back_makes_no_negative_age():
    told = read(Board(), replace(FIGURES, oldest_queued_time=NOW + timedelta(days=1)))
    assert told["storebox_journal_oldest_seconds"] == 0


def test_asking_twice_gives_the_same_answer_and_leaves_nothing_behind():
    assert read(board(), FIGURES).keys() == read(board(), FIGURES).keys()


def test_a_box_that_recognises_members_tells_how_many_faces_it_keeps():
    recognising = board()
    recognising.show_faces(FacesShown(state="on", templates=312, restarts=2, rss_bytes=1 << 28))
    assert {name: value for name, value in read(recognising, FIGURES).items() if name.startswith("storebox_face")} == {
        "storebox_faces_up": 1,
        "storebox_face_templates": 312,
        "storebox_faces_restarts_total": 2,
        "storebox_faces_resident_bytes": 1 << 28,
    }
    recognising.show_faces(FacesShown(state="down", templates=312))
    assert read(recognising, FIGURES)["storebox_faces_up"] == 0
