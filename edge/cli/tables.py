"""Lays the box's answers out for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 250
"""Wide enough that a line in a file or a pipe is not broken."""


def show(*parts: RenderableType) -> None:
    """Print text and tables on standard output; what the box says is never read as markup."""
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, markup=False, highlight=False, emoji=False)
    for part in parts:
        console.print(part)


def row_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Table:
    """A table of ``columns``, one line a row."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[column] is None else str(row[column])) for column in columns))
    return table


def device_table(devices: Iterable[Mapping[str, Any]]) -> Table:
    """One line a device."""
    columns = ("device", "driver", "state", "since", "reading", "problem")
    return row_table(
        columns,
        (
            {
                "device": device["id"],
                "driver": device["driver"],
                "state": device["state"],
                "since": ago(device["since"]),
                "reading": reading(device["reading"], device["read_at"]),
                "problem": device["problem"],
            }
            for device in devices
        ),
    )


def reading(said: Mapping[str, Any] | None, at: str | None) -> str:
    """``1234 g, stable, 2 s ago``; other readings by their fields."""
    if said is None or at is None:
        return ""
    if said["type"] == "weight":
        weight = "no weight" if said["grams"] is None else f"{said['grams']} g"
        return f"{weight}, {said['state']}, {ago(at)}"
    fields = [f"{name} {value}" for name, value in said.items() if name != "type" and value not in (None, [], {})]
    return ", ".join([said["type"], *fields, ago(at)])


def discovery_lines(found: Sequence[Mapping[str, str]]) -> list[str]:
    """What is there and not used, each with the lines for the settings file."""
    lines = ["", "seen but not configured:"] if found else []
    for each in found:
        lines.append(f"\n# {each['what']}: {each['name']}, {each['address']}")
        lines += [f"# first: {each['probe']}"] if each["probe"] else []
        lines += [each["settings"]] if each["settings"] else []
    return lines


def journal_lines(journal: Mapping[str, Any] | None) -> list[str]:
    """How full the journal is and what waits in it."""
    if journal is None:
        return ["journal: cannot be read now"]
    used, quota = journal["bytes_on_disk"] >> 20, journal["quota_bytes"] >> 20
    oldest = journal["oldest_queued_time"]
    waiting = f"{sum(journal['queued'].values())} waiting" + (f", the oldest since {ago(oldest)}" if oldest else "")
    parked = f"{sum(journal['rejected'].values())} refused by the cloud, {journal['dead_letters']} dead letters"
    line = f"journal: {journal['state']}, {waiting}, {parked}, {used} of {quota} MiB"
    return [line] + ([f"journal: {journal['problem']}"] if journal["problem"] else [])


def alarm_lines(alarms: Mapping[str, str]) -> list[str]:
    """The alarms, a line each; one cause that stops several parts, such as a full disk, is told once."""
    return [f"ALARM  {text}" for text in dict.fromkeys(alarms.values())]


def sync_line(sync: Mapping[str, Any]) -> str:
    """How the upload stands."""
    last = f", last {ago(sync['last_sent_at'])}" if sync["last_sent_at"] else ""
    problem = f": {sync['problem']}" if sync["problem"] else ""
    return f"cloud: {sync['state']}, {sync['sent']} sent{last}{problem}"


def vision_lines(vision: Mapping[str, Any] | None) -> list[str]:
    """How the cameras that count are looked at, a line each; nothing where none counts."""
    if vision is None:
        return []
    restarts = f", started again {vision['restarts']} times" if vision["restarts"] else ""
    memory = f", {vision['rss_bytes'] >> 20} MiB" if vision["rss_bytes"] else ""
    lines = [f"vision: {vision['state']}{memory}{restarts}" + (f": {vision['problem']}" if vision["problem"] else "")]
    for task, model in vision["inferences"].items():
        how = f"{model['ms']:g} ms a picture" if model["state"] == "on" else model["problem"]
        lines.append(f"vision: {task}: {model['model']} {model['state']}, {how}")
    return lines + [_camera_line(name, camera) for name, camera in vision["cameras"].items()]


def faces_lines(faces: Mapping[str, Any] | None) -> list[str]:
    """How members are recognised by face; nothing where they are not."""
    if faces is None:
        return []
    restarts = f", started again {faces['restarts']} times" if faces["restarts"] else ""
    memory = f", {faces['rss_bytes'] >> 20} MiB" if faces["rss_bytes"] else ""
    problem = faces["problem"] or faces["no_enrolment"]
    return [f"faces: {faces['state']}, {faces['templates']} templates{memory}{restarts}" + (f": {problem}" if problem else "")]


def _camera_line(name: str, camera: Mapping[str, Any]) -> str:
    figures = camera["figures"]
    rates = f"{camera['fps_in']:g} pictures a second, {camera['fps_processed']:g} seen, {camera['fps_skipped']:g} not"
    line = f"vision: {name}: {camera['state']}, {rates}, {figures['starved']} starved, {figures['people']} people"
    return line + (f": {camera['problem']}" if camera["problem"] else "")


def ago(time: str) -> str:
    """``12 s ago``, ``3 min ago``, ``5 h ago``, ``2 d ago`` by this machine's clock."""
    seconds = max(0, int((datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
