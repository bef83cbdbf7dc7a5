"""How a simulated device is told its broker: the options that those of ours and those of other makers have in common."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_broker(parser: argparse.ArgumentParser) -> None:
    """``--broker`` (read as host and port) and ``--password-file``."""
    parser.add_argument("--broker", type=_address, required=True, metavar="HOST:PORT")
    parser.add_argument("--password-file", type=Path, required=True)


def password_in(parser: argparse.ArgumentParser, file: Path) -> str:
    """The password that ``file`` holds; ends the program with what is wrong when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        parser.error(f"--password-file {file}: {error.strerror}; storebox writes one for each device")


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:1883")
    return host, int(port)
