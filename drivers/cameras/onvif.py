"""Finds network cameras: a WS-Discovery probe to 239.255.255.250:3702, and what ONVIF cameras answer.

    -> <d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>
    <- <d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:…</a:Address>…
       <d:Scopes>onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/IPC-B1</d:Scopes>
       <d:XAddrs>http://192.168.1.20/onvif/device_service</d:XAddrs></d:ProbeMatch>

ONVIF Core Specification 7.3 (discovery), WS-Discovery 2005/04 sections 3 and 5. Where its stream is, a camera tells only those
who log in, so what is found is a host, not an address.
"""

from __future__ import annotations

import asyncio
import socket
import uuid
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

GROUP, PORT = "239.255.255.250", 3702
TTL = 1  # a shop's own network and no other
MOST = 256
LONGEST_ANSWER = 16_384
LONGEST_WORD = 64

WSA = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
WSD = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}"
SCOPE = "onvif://www.onvif.org/"
PROBE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">'
    "<e:Header><a:MessageID>{message}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
    "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></e:Header>"
    "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)


class CannotAsk(Exception):
    """The network does not take the question; the text says what to do."""


class NoAnswer(ValueError):
    """Not an answer to a probe; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A camera that answered. ``endpoint`` is its name for life; ``host`` is where it is now."""

    endpoint: str
    host: str
    name: str
    hardware: str


async def discover(deadline_ms: int, interface: str = "0.0.0.0", *, port: int = PORT) -> tuple[Found, ...]:  # noqa: S104 (asks, never listens)
    """Every camera that answers within ``deadline_ms``, in order of host; ``interface`` is the box's address there.

    Raises CannotAsk.
    """
    loop = asyncio.get_running_loop()
    message = uuid.uuid4().urn
    with _socket(interface) as wire:
        transport, answers = await loop.create_datagram_endpoint(lambda: _Answers(message), sock=wire)
        try:
            for _ in range(2):  # a datagram may be lost: WS-Discovery 2.4 repeats it too
                transport.sendto(PROBE.format(message=message).encode(), (GROUP, port))
                await asyncio.sleep(deadline_ms / 2000)
        finally:
            transport.close()
    if answers.refused is not None:
        raise _cannot_ask(interface, answers.refused) from answers.refused
    return tuple(sorted(answers.found.values(), key=lambda found: (found.host, found.endpoint)))


def decode(answer: bytes, message: str) -> tuple[Found, ...]:
    """The cameras of one answer to the probe ``message``. Raises NoAnswer."""
    if len(answer) > LONGEST_ANSWER or b"\0" in answer or b"<!" in answer.replace(b"<!--", b""):
        raise NoAnswer("an answer is short UTF-8 without a document type")  # and so without entities that grow
    try:
        envelope = ET.fromstring(answer)  # noqa: S314
    except (ET.ParseError, ValueError, LookupError) as error:
        raise NoAnswer(f"not XML: {error}") from error
    if envelope.findtext(f".//{WSA}RelatesTo", "").strip() != message:
        raise NoAnswer("an answer to somebody else's question")
    return tuple(found for match in envelope.iter(f"{WSD}ProbeMatch") if (found := _camera(match)) is not None)


def _camera(match: ET.Element) -> Found | None:
    host = next((host for host in map(_host, match.findtext(f"{WSD}XAddrs", "").split()) if host), "")
    endpoint = match.findtext(f"{WSA}EndpointReference/{WSA}Address", "").strip()
    if not host or not endpoint:
        return None
    scopes = match.findtext(f"{WSD}Scopes", "").split()
    return Found(
        endpoint=_word(endpoint), host=host, name=_word(_scope(scopes, "name")), hardware=_word(_scope(scopes, "hardware"))
    )


def _host(address: str) -> str:
    """The IP address in a service address; names and link-local addresses are of no use in settings."""
    try:
        host = ip_address(urlsplit(address).hostname or "")
    except ValueError:
        return ""
    return "" if host.is_link_local else str(host)


def _scope(scopes: list[str], kind: str) -> str:
    wanted = f"{SCOPE}{kind}/"
    return next((unquote(scope.removeprefix(wanted)) for scope in scopes if scope.startswith(wanted)), "")


def _word(text: str) -> str:
    """A stranger's word, fit for a table."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_WORD]


def _socket(interface: str) -> socket.socket:
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
        wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        wire.bind((interface, 0))
    except OSError as error:
        wire.close()
        raise _cannot_ask(interface, error) from error
    return wire


def _cannot_ask(interface: str, error: OSError) -> CannotAsk:
    return CannotAsk(
        f"cannot ask for cameras from {interface} ({error.strerror}): name an address that this box has (ip address)"
    )


@dataclass(slots=True)
class _Answers(asyncio.DatagramProtocol):
    message: str
    found: dict[str, Found] = field(default_factory=dict)
    refused: OSError | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 (asyncio's signature)
        """Keep who answers our question; what else comes is no business of ours."""
        if len(self.found) >= MOST:
            return
        try:
            cameras = decode(data, self.message)
        except NoAnswer:
            return
        for camera in cameras:
            self.found.setdefault(camera.endpoint, camera)

    def error_received(self, exc: OSError) -> None:  # type: ignore[override]
        """The kernel could not send."""
        self.refused = exc
