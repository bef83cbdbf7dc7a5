"""A gateway over TLS that wants the merchant's certificate, as WeChat Pay does where money goes back."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drivers.commands import Charged, Unknown
from drivers.contract import DeviceGone
from drivers.payments.gateway import NotSent
from drivers.payments.wechat_micropay import open_wechat
from drivers.payments.wechat_settings import WechatSettings
from drivers.sim.wechat_books import WechatBooks
from drivers.sim.wechat_gateway import wechat_gateway
from tests.drivers.payments.conftest import WIRES, Opens


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that signs itself, good for this machine, and its key."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return chain, secret


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A gateway that everybody believes, and that believes one merchant."""
    chain, key = make_certificate(tmp_path, "gateway")
    make_certificate(tmp_path, "merchant")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "merchant.pem"))
    context.load_cert_chain(chain, key)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_the_merchant_proves_itself_and_is_paid(open_merchant: Opens, server: ssl.SSLContext, tmp_path: Path) -> None:
    files = {"certificate_file": tmp_path / "merchant.pem", "certificate_key_file": tmp_path / "merchant.key"}
    async with wechat_gateway(certificates=server) as sim, open_merchant(sim, **files) as merchant:
        assert isinstance(await merchant.pay(), Charged)


async def test_who_has_no_certificate_is_cut_off(
    merchant_settings: Callable[..., WechatSettings], server: ssl.SSLContext
) -> None:
    async with wechat_gateway(certificates=server) as sim:
        with pytest.raises(DeviceGone):
            await open_wechat("wechat-1", merchant_settings(sim), WIRES).__aenter__()


async def test_without_a_certificate_nothing_is_taken_back_and_a_late_payment_counts(
    open_merchant: Opens, server: ssl.SSLContext
) -> None:
    server.verify_mode = ssl.CERT_OPTIONAL
    async with wechat_gateway(certificates=server, books=WechatBooks(confirms=2)) as sim:
        async with open_merchant(sim, confirm_ms=0) as merchant:
            assert isinstance(await merchant.pay(), Charged)
            sim.books.confirms = 99
            answer = await merchant.pay("later", code="104567890123456789", deadline_ms=500)
        assert sim.times("reverse") == 0
    assert isinstance(answer, Unknown)


async def test_a_gateway_that_nobody_vouches_for_hears_no_code(
    merchant_settings: Callable[..., WechatSettings], server: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "merchant.pem"))
    async with wechat_gateway(certificates=server) as sim:
        with pytest.raises(NotSent, match="cannot be reached"):
            await open_wechat("wechat-1", merchant_settings(sim), WIRES).__aenter__()
        assert sim.heard == []
