"""The ``storebox`` command: which commands there are. Each imports what it needs only when it runs.

Exit codes: 0 done, 1 failed, 2 bad input (an option, a file, the settings), 3 the box does not answer on its control socket.
"""

from __future__ import annotations

import sys

import typer

from edge.cli import (
    box,
    broker,
    cloud,
    devices,
    documents,
    face_store,
    faces,
    jobs,
    mirror,
    models,
    models_fetch,
    people,
    settings,
    sim,
    status,
    vision,
)
from edge.cli.claim import claim
from edge.cli.probe import probe
from edge.cli.recordings import record, replay

EPILOG = "Exit codes: 0 done, 1 failed, 2 bad input, 3 the box does not answer."
TO_THE_SIMULATOR = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    "help_option_names": [],
}


def app() -> typer.Typer:
    """All commands."""
    commands = typer.Typer(
        name="storebox",
        help="The runtime of a store's edge appliance.",
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    commands.command("run")(box.run)
    commands.command("check-settings")(settings.check_settings)
    commands.command("settings")(settings.in_use)
    commands.command("status")(status.status)
    commands.command("devices")(devices.devices)
    commands.command("ask")(devices.ask)
    commands.command("restart-device")(devices.restart_device)
    commands.command("drivers")(devices.drivers)
    commands.command("probe")(probe)
    commands.command("record")(record)
    commands.command("replay")(replay)
    commands.command("events")(status.events)
    commands.command("dead-letters")(status.dead_letters)
    commands.command("claim")(claim)
    commands.command("set-password")(people.set_password)
    commands.command("pair")(people.pair)
    commands.command("pairings")(people.pairings)
    commands.command("unpair")(people.unpair)
    commands.command("mosquitto")(broker.mosquitto)
    commands.command("sim", context_settings=TO_THE_SIMULATOR)(sim.sim)
    commands.command("demo")(box.demo)
    commands.command("version")(box.version)
    commands.add_typer(_documents(), name="document")
    commands.add_typer(_cloud(), name="cloud")
    commands.add_typer(_jobs(), name="jobs")
    commands.add_typer(_models(), name="models")
    commands.add_typer(_vision(), name="vision")
    commands.add_typer(_faces(), name="faces")
    commands.add_typer(_mirror(), name="mirror")
    return commands


def _documents() -> typer.Typer:
    group = typer.Typer(help="What headquarters tells the store.", no_args_is_help=True, rich_markup_mode=None)
    group.command("adopt")(documents.adopt)
    group.command("check")(documents.check)
    group.command("list")(documents.listed)
    return group


def _vision() -> typer.Typer:
    group = typer.Typer(help="What the cameras count.", no_args_is_help=True, rich_markup_mode=None)
    group.command("status")(vision.status)
    group.command("evaluate")(vision.evaluate)
    return group


def _mirror() -> typer.Typer:
    group = typer.Typer(help="Makeup on the live face.", no_args_is_help=True, rich_markup_mode=None)
    group.command("bench")(mirror.bench)
    group.command("sheet")(mirror.sheet)
    return group


def _faces() -> typer.Typer:
    group = typer.Typer(help="Members who are recognised by face.", no_args_is_help=True, rich_markup_mode=None)
    group.command("key")(face_store.key)
    group.command("count")(face_store.count)
    group.command("list")(face_store.listed)
    group.command("audit")(face_store.audit)
    group.command("export")(face_store.export)
    group.command("withdraw")(face_store.withdraw)
    group.command("evaluate")(faces.evaluate)
    return group


def _models() -> typer.Typer:
    group = typer.Typer(help="The models that find people in pictures.", no_args_is_help=True, rich_markup_mode=None)
    group.command("fetch")(models_fetch.fetch)
    group.command("list")(models.listed)
    group.command("verify")(models.verify)
    group.command("bench")(models.bench)
    return group


def _jobs() -> typer.Typer:
    group = typer.Typer(rich_markup_mode=None)
    group.callback(invoke_without_command=True)(jobs.jobs)
    group.command("again")(jobs.again)
    group.command("dismiss")(jobs.dismiss)
    return group


def _cloud() -> typer.Typer:
    group = typer.Typer(rich_markup_mode=None)
    group.callback(invoke_without_command=True)(cloud.cloud)
    group.command("code")(cloud.code)
    group.command("publish")(cloud.publish)
    group.command("command")(cloud.command)
    return group


def only(commands: typer.Typer, words: list[str]) -> typer.Typer:
    """``commands`` without those that were not typed: to make the options of them all takes longer than most commands do."""
    typed = [group for group in commands.registered_groups if [group.name] == words[:1]]
    alone = [command for command in commands.registered_commands if [command.name] == words[:1]]
    if typed or alone:
        commands.registered_groups, commands.registered_commands = typed, alone
        commands.callback()(lambda: None)  # or a single command would be taken for the whole program, and its name for a word
    return commands


def main() -> None:
    """Run the command that was typed."""
    only(app(), sys.argv[1:])()


if __name__ == "__main__":
    main()
