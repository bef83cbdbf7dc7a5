"""Opening a port without ever stopping the event loop, and saying what to do when it cannot be opened.

A broken USB adapter can hang in ``open`` for minutes; the other devices must not notice.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import termios
import threading
from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

import serial

from drivers.contract import DeviceGone

ENDING_LOOKS = 100
ENDING_LOOK_S = 0.005
PSEUDO_TERMINALS = "/dev/pts/"
BITS = {"7": serial.SEVENBITS, "8": serial.EIGHTBITS}

Flow = Literal["none", "rts-cts", "xon-xoff"]
"""Who may stop the sender: nobody, a control line, or a character."""


class Closable(Protocol):
    def close(self) -> None: ...


P = TypeVar("P", bound=Closable)


def open_port(path: str, *, baud: int, line: str, flow: Flow = "none", modem_lines: bool = True) -> serial.Serial:
    """Open ``path`` raw, for us alone; ``line`` is data bits, parity, stop bits: ``7E1``. Blocks. Raises DeviceGone.

    ``modem_lines``: DTR and RTS stay up; some devices answer only while both are down.
    """
    if os.path.realpath(path).startswith(PSEUDO_TERMINALS):  # unlike Path.resolve, no error for a link to itself
        line = "8N1"  # a pty has no parity; asked for it a second time, glibc refuses (tcsetattr: EINVAL)
        flow = "none"  # nor has it any control lines
    try:
        port = serial.Serial(
            baudrate=baud,
            bytesize=BITS[line[0]],
            parity=line[1],
            stopbits=int(line[2]),
            rtscts=flow == "rts-cts",
            xonxoff=flow == "xon-xoff",
            exclusive=True,
            timeout=0,
            inter_byte_timeout=0,  # VMIN=1: an empty read then means hang-up and nothing else
        )
        port.port = path
        port.dtr = port.rts = modem_lines  # before it opens: afterwards a pty, which has no such lines, would refuse
        port.open()
    except termios.error as error:
        raise DeviceGone(
            f"{path} cannot be set to {line} at {baud} baud: is it the right port, and can its adapter do that?"
        ) from error
    except OSError as error:
        raise DeviceGone(_why(path, error)) from error
    return port


def _why(path: str, error: OSError) -> str:
    match _number(error):
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return f"no port {path}: is the cable plugged in? ls /dev/serial/by-id shows the ports there are"
        case errno.EACCES | errno.EPERM:
            return f"not allowed to open {path}: add the user of storebox to the group dialout and start it again"
        case errno.EAGAIN | errno.EBUSY:
            return (
                f"{path} is in use by another program: find it with fuser -v {path}, or is the port named twice in the settings?"
            )
        case errno.ENOTTY | errno.EISDIR:
            return f"{path} is not a serial port: ls /dev/serial/by-id shows the ports there are"
        case _:
            return f"cannot open {path}: {error}"


def _number(error: OSError) -> int | None:
    """pyserial reports a failed tcgetattr without its number; the cause (termios.error) still has it."""
    if error.errno is None and error.__context__ is not None and error.__context__.args:
        number: int = error.__context__.args[0]
        return number
    return error.errno


async def open_in_time(open_it: Callable[[], P], path: str, *, deadline_ms: int) -> P:
    """Run ``open_it`` on a thread of its own; a port that opens too late is closed again. Raises DeviceGone."""
    name = f"open {path}"
    if await _hangs(name):
        raise DeviceGone(f"{path} still hangs in an earlier open: pull the adapter out and plug it in again")
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[P] = loop.create_future()
    # a daemon thread, not the loop's executor: a hanging open must not keep the box from stopping
    threading.Thread(target=_open_on_thread, args=(open_it, loop, opened), name=name, daemon=True).start()
    port: P | None = None
    try:
        async with asyncio.timeout(deadline_ms / 1000):
            port = await opened
    except TimeoutError as error:
        raise DeviceGone(f"{path} did not open within {deadline_ms} ms: pull the adapter out and plug it in again") from error
    finally:
        if port is None:
            _give_up(opened)
    return port


async def _hangs(name: str) -> bool:
    """A thread that has delivered its port may still be ending; one that hangs will not."""
    for _ in range(ENDING_LOOKS):
        if all(thread.name != name for thread in threading.enumerate()):
            return False
        await asyncio.sleep(ENDING_LOOK_S)
    return True


def _open_on_thread(open_it: Callable[[], P], loop: asyncio.AbstractEventLoop, opened: asyncio.Future[P]) -> None:
    port: P | None = None
    try:
        port = open_it()
    except DeviceGone as error:
        _when_looping(loop, _refuse, opened, error)
        return
    finally:
        bug = sys.exception()
        if port is None and bug is not None:  # anything but DeviceGone: the waiter must not take it for a hanging port
            _when_looping(loop, _refuse, opened, bug)
    if not _when_looping(loop, _hand_over, opened, port):
        port.close()


def _when_looping(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: object) -> bool:
    try:
        loop.call_soon_threadsafe(call, *args)
    except RuntimeError:  # the box has stopped meanwhile
        return False
    return True


def _hand_over(opened: asyncio.Future[P], port: P) -> None:
    if opened.done():
        port.close()
    else:
        opened.set_result(port)


def _refuse(opened: asyncio.Future[P], error: BaseException) -> None:
    if not opened.done():
        opened.set_exception(error)


def _give_up(opened: asyncio.Future[P]) -> None:
    """Nobody waits any more: a port that was opened at the same moment is closed, a later one by ``_hand_over``."""
    if not opened.cancel() and not opened.cancelled() and opened.exception() is None:
        opened.result().close()
