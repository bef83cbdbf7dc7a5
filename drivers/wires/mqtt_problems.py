"""Why there is no broker, in words that say what to do: an address, a password, a version, a second box."""

from __future__ import annotations

import socket

from paho.mqtt.reasoncodes import ReasonCode

ANSWER_S = 5.0
"""How long the broker may take to accept the connection or a subscription."""

WRONG_PASSWORD = (134, 135)  # MQTT 5, 3.2.2.2: bad user name or password; mosquitto says not authorized
UNSUPPORTED_VERSION = 132  # MQTT 5, 3.2.2.2
TAKEN_OVER = 142  # MQTT 5, 3.14.2.1


def why(error: OSError) -> str:
    """Why no TCP connection came about."""
    match error:
        case ConnectionRefusedError():
            return "refused; is mosquitto running?"
        case TimeoutError():
            return f"no answer in {ANSWER_S:g} s; is mqtt.host right?"
        case socket.gaierror():
            return "no machine has that name; is mqtt.host right?"
    return f"{error.strerror or error}; is mqtt.host right?"


def refusal(reason: ReasonCode, where: str, username: str) -> str:
    """Why the broker at ``where`` did not let ``username`` in."""
    if reason.value in WRONG_PASSWORD:
        return f'the broker refused the password of "{username}": check mqtt.password_file'
    if reason.value == UNSUPPORTED_VERSION:
        return f"the broker at {where} does not speak MQTT 5; storebox needs mosquitto 2 or later"
    return f"the broker at {where} refused the connection: {reason}"


def ending(reason: ReasonCode, where: str, username: str, *, said: bool) -> str:
    """Why the connection ended; ``said`` when the broker gave the reason itself."""
    if reason.value == TAKEN_OVER:
        return f'another program logged in to the broker as "{username}"; a login belongs to one box'
    if said:
        return f"the broker at {where} ended the connection: {reason}"
    return broken(where, username)


def nonsense(what: object, where: str) -> str:
    """The stream holds ``what``, which MQTT 5 does not; there is no way to find the next packet in it."""
    return f"the broker at {where} sent {what}: is mqtt.port a mosquitto's, and nothing between it and the box?"


def broken(where: str, username: str) -> str:
    """The connection ended and nobody said why."""
    # mosquitto 2.0 ends a connection without a word when its login is used again.
    return f'the connection to the broker at {where} broke: is mosquitto running, is "{username}" used twice?'
