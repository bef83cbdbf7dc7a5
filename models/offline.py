"""A process without a network: mediapipe tells its maker how it is used, and where cameras are looked at nothing may go out.

mediapipe 1.2 looks up play.googleapis.com as soon as a task is made and has no switch for it (google-ai-edge/mediapipe#6291).
So the kernel refuses the whole process, for good, any socket but those between processes of this machine, and any ``connect``.
Sockets and pipes that are open already work on.

(seccomp(2), linux/filter.h, linux/seccomp.h; the numbers of the system calls are those of each architecture's table.)
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
from dataclasses import dataclass

PR_SET_NO_NEW_PRIVS = 38
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_TSYNC = 1
"""Every thread of the process, those that exist already too."""

LOAD_WORD = 0x20
JUMP_EQUAL = 0x15
JUMP_GREATER_OR_EQUAL = 0x35
RETURN = 0x06
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
"""In ``struct seccomp_data``; the lower half of the argument on a little-endian machine."""

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EACCES
X32 = 0x40000000
"""From here on a number is of x86's third set of system calls, which nothing of ours uses."""


class NetworkStays(Exception):
    """The kernel does not take the network away; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    architecture: int
    seccomp: int
    socket: int
    connect: int
    io_uring_setup: int


MACHINES = {
    "x86_64": _Machine(architecture=0xC000003E, seccomp=317, socket=41, connect=42, io_uring_setup=425),
    "aarch64": _Machine(architecture=0xC00000B7, seccomp=277, socket=198, connect=203, io_uring_setup=425),
}


def leave_network() -> None:
    """Take the network from this process and its children, for good. Raises NetworkStays."""
    if is_offline():
        return
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise NetworkStays(f"how to take the network from a process of {platform.machine()} is not known")
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = _filter(machine)
    words = ctypes.create_string_buffer(b"".join(instructions))
    # struct sock_fprog: how many instructions, then where they are.
    program = struct.pack("HP", len(instructions), ctypes.addressof(words))
    zero = ctypes.c_ulong(0)
    # Without it only root may filter; that it failed, the next call tells.
    libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero)
    number, flags = ctypes.c_long(machine.seccomp), ctypes.c_ulong(SECCOMP_FILTER_FLAG_TSYNC)
    if libc.syscall(number, ctypes.c_ulong(SECCOMP_SET_MODE_FILTER), flags, program) != 0:
        raise NetworkStays(f"the kernel refuses a seccomp filter: {os.strerror(ctypes.get_errno())}")


def is_offline() -> bool:
    """Whether this process can open no socket to another machine."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except PermissionError:
        return True
    return False


def _filter(machine: _Machine) -> tuple[bytes, ...]:
    """What the kernel runs at each system call; a jump counts the instructions that it leaves out."""
    return (
        _instruction(LOAD_WORD, ARCHITECTURE_AT),
        _instruction(JUMP_EQUAL, machine.architecture, no=8),
        _instruction(LOAD_WORD, NUMBER_AT),
        _instruction(JUMP_GREATER_OR_EQUAL, X32, yes=6),
        _instruction(JUMP_EQUAL, machine.connect, yes=5),
        _instruction(JUMP_EQUAL, machine.io_uring_setup, yes=4),
        _instruction(JUMP_EQUAL, machine.socket, no=2),
        _instruction(LOAD_WORD, FIRST_ARGUMENT_AT),
        _instruction(JUMP_EQUAL, socket.AF_UNIX, no=1),
        _instruction(RETURN, ALLOW),
        _instruction(RETURN, REFUSE),
    )


def _instruction(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
