"""``storebox mosquitto DIR``: everything the shop's broker runs from, made from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.options import SETTINGS_FILE, SettingsFile


def mosquitto(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go, such as /etc/storebox/mosquitto.")],
    settings_file: SettingsFile = SETTINGS_FILE,
    run_as: Annotated[str | None, typer.Option("--run-as", metavar="USER", help="The account of mosquitto.")] = None,
) -> None:
    """Write all that mosquitto needs for these settings.

    The configuration, the access list and a password for each device; passwords that are there stay.
    """
    from drivers.broker_files import BrokerFilesError, write_broker_files
    from drivers.foreign_access import foreign_of
    from edge.cli.settings import load_or_stop
    from edge.devices import needs_broker

    settings = load_or_stop(settings_file)
    if not settings.mqtt.host:
        stop(f'{settings_file}: mqtt.host is ""; set it to the address that the broker shall listen on', BAD_INPUT)
    foreign = foreign_of({name: plugged.settings for name, plugged in settings.device.items()})
    names = [name for name, plugged in settings.device.items() if needs_broker(plugged) and name not in foreign]
    try:
        written = write_broker_files(
            directory,
            box=settings.box.name,
            host=settings.mqtt.host,
            port=settings.mqtt.port,
            devices=names,
            foreign=foreign,
            username=settings.mqtt.username,
            onlooker=settings.mqtt.home_assistant_user if settings.mqtt.home_assistant else None,
            run_as=run_as,
        )
    except BrokerFilesError as error:
        stop(str(error), FAILED)
    typer.echo(f"run: mosquitto -c {written.conf}")
    for name, secret in written.secrets.items():
        typer.echo(f"password of {name}: {secret}")
