"""Cameras are found by a real question over UDP multicast, asked on the loopback network and answered by a small camera there."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cameras.onvif import CannotAsk, Found, NoAnswer, decode, discover

LOOPBACK = "127.0.0.1"
GROUP = "239.255.255.250"
MESSAGE = "urn:uuid:1"
MATCH = (
    "<d:ProbeMatch><a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference><d:Types>tds:Device</d:Types>"
    "<d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20door"
    " onvif://www.onvif.org/hardware/IPC-B1</d:Scopes><d:XAddrs>{places}</d:XAddrs></d:ProbeMatch>"
)
ANSWER = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
    "<s:Header><a:RelatesTo>{message}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches>{matches}</d:ProbeMatches></s:Body>"
    "</s:Envelope>"
)
CAMERA = Found(endpoint="urn:uuid:cam", host="192.168.1.20", name="Front door", hardware="IPC-B1")


def match(endpoint: str = "urn:uuid:cam", places: str = "http://192.168.1.20/onvif/device_service") -> str:
    return MATCH.format(endpoint=endpoint, places=places)


def answer(*matches: str, message: str = MESSAGE) -> bytes:
    return ANSWER.format(message=message, matches="".join(matches)).encode()


class Responder(asyncio.DatagramProtocol):
    """A camera at the group: every answer in ``says`` goes out for each probe that it understands."""

    def __init__(self, says: Callable[[str], list[bytes]]) -> None:
        self._says, self.asked = says, 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        asked = re.search(rb"<a:MessageID>(urn:uuid:[0-9a-f-]{36})</a:MessageID>", data)
        assert asked is not None
        assert b"<d:Types>dn:NetworkVideoTransmitter</d:Types>" in data
        self.asked += 1
        for each in self._says(asked[1].decode()):
            self._transport.sendto(each, addr)


Listens = Callable[[Callable[[str], list[bytes]]], AbstractAsyncContextManager[tuple[Responder, int]]]


@pytest.fixture
def responder() -> Listens:
    @asynccontextmanager
    async def listen(says: Callable[[str], list[bytes]]) -> AsyncIterator[tuple[Responder, int]]:
        wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wire.bind((GROUP, 0))
        membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(LOOPBACK))
        wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        loop = asyncio.get_running_loop()
        transport, camera = await loop.create_datagram_endpoint(lambda: Responder(says), sock=wire)
        yield camera, wire.getsockname()[1]
        transport.close()

    return listen


async def test_a_camera_that_answers_is_found_once(responder: Listens) -> None:
    async with responder(lambda message: [answer(match(), message=message)] * 2) as (camera, port):
        assert await discover(600, LOOPBACK, port=port) == (CAMERA,)
        assert camera.asked == 2  # the question is repeated: a datagram may be lost


async def test_noise_and_answers_to_others_hide_no_camera(responder: Listens) -> None:
    def says(message: str) -> list[bytes]:
        return [b"\xff\x00", b"<a>", answer(match("urn:uuid:other")), answer(match(), message=message)]

    async with responder(says) as (_, port):
        assert await discover(600, LOOPBACK, port=port) == (CAMERA,)


async def test_a_shop_without_cameras_finds_none(responder: Listens) -> None:
    async with responder(lambda _message: []) as (_, port):
        assert await discover(100, LOOPBACK, port=port) == ()


async def test_an_address_that_is_not_ours_is_told() -> None:
    told = r"cannot ask for cameras from 192.0.2.1 \(.+\): name an address that this box has \(ip address\)"
    with pytest.raises(CannotAsk, match=told):
        await discover(100, "192.0.2.1")


def test_a_camera_with_many_addresses_is_where_it_can_be_reached() -> None:
    places = "http://[fe80::1]/onvif http://169.254.3.4/onvif http://cam.local/onvif http://10.0.0.9:8000/onvif"
    (found,) = decode(answer(match(places=places)), MESSAGE)
    assert found.host == "10.0.0.9"
    assert decode(answer(match(places="http://cam.local/"), match(endpoint="")), MESSAGE) == ()


def test_a_stranger_s_words_are_short_and_printable() -> None:
    (found,) = decode(answer(match(endpoint="urn:\t" + "x" * 99)), MESSAGE)
    assert found.endpoint == "urn:" + "x" * 60


@pytest.mark.parametrize(
    ("bytes_", "told"),
    [
        (b"<a" * 9_000, "an answer is short UTF-8 without a document type"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "an answer is short UTF-8 without a document type"),
        (answer(match()).decode().encode("utf-16"), "an answer is short UTF-8 without a document type"),
        (b"<a>", "not XML: no element found"),
        (answer(match(), message="urn:uuid:2"), "an answer to somebody else's question"),
    ],
)
def test_what_is_no_answer_is_told(bytes_: bytes, told: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        decode(bytes_, MESSAGE)
    assert str(refused.value).startswith(told)


@given(st.one_of(st.binary(), st.binary().map(lambda cut: answer(match())[: len(cut) * 9] + cut)))
def test_arbitrary_bytes_are_an_answer_or_none(data: bytes) -> None:
    try:
        found = decode(data, MESSAGE)
    except NoAnswer:
        return
    assert all(each.host for each in found)
