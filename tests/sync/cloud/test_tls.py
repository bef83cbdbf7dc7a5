"""The line to the cloud is encrypted, and the cloud is who it says."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sync.cloud_client import CloudClient
from sync.cloud_errors import CloudAway

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


def _certificate(folder: Path, *, begins: datetime) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, as one PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cloud of a test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "cloud.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


async def _serving(certificate: Path) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return _certificate(tmp_path, begins=datetime.now(UTC) - timedelta(days=1))


async def test_an_authority_in_the_settings_is_trusted(certificate: Path) -> None:
    server = await _serving(certificate)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, CloudClient(url, ca_file=certificate) as client:
        assert await client.ask("GET", client.address.at("healthz"), dict) == {}


async def test_an_unknown_authority_is_not(certificate: Path) -> None:
    server = await _serving(certificate)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, CloudClient(url) as client:
        with pytest.raises(CloudAway, match=r"the certificate of https://127\.0\.0\.1:\d+ is not accepted: .*self.signed"):
            await client.ask("GET", client.address.at("healthz"), dict)


async def test_a_wrong_clock_is_suspected_when_a_certificate_is_not_valid_yet(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path, begins=datetime.now(UTC) + timedelta(days=1))
    server = await _serving(certificate)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, CloudClient(url, ca_file=certificate) as client:
        with pytest.raises(CloudAway, match=r"not yet valid.*is the box's clock right, is \[cloud\] ca_file set\?"):
            await client.ask("GET", client.address.at("healthz"), dict)
