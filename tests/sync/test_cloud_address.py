from pathlib import Path

import pytest

from sync.cloud_address import AddressRefused, CloudAddress, tls


@pytest.mark.parametrize(
    "url",
    ["https://cloud.example", "https://cloud.example:8443/box/", "http://127.0.0.1:8000", "http://[::1]:1", "http://localhost"],
)
def test_safe_addresses_are_taken(url: str) -> None:
    assert str(CloudAddress.parse(url).at("v1", "events")) == url.rstrip("/") + "/v1/events"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://cloud.example", "plain http would show events and token to the network; write https://"),
        ("http://192.168.1.2:8000", "plain http would show events and token to the network"),
        ("http://127.0.0.1.evil.example", "plain http would show"),
        ("ftp://cloud.example", "must begin with https:// and name a host"),
        ("https://", "must begin with https:// and name a host"),
        ("cloud.example", "must begin with https:// and name a host"),
        ("https://me:secret@cloud.example", "must hold no user, password, ? or #; the token comes from `storebox claim`"),
        ("https://cloud.example/?a=1", "must hold no user, password"),
        ("https://cloud.example:port", "is no address: "),
    ],
)
def test_unsafe_addresses_are_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        CloudAddress.parse(url)
    assert why in str(caught.value)
    assert str(caught.value).startswith("[cloud] url ")


def test_a_relative_reference_is_below_the_base() -> None:
    address = CloudAddress.parse("https://cloud.example/box")
    assert str(address.within("v1/bodies/ab")) == "https://cloud.example/box/v1/bodies/ab"
    assert str(address.within("https://cloud.example/elsewhere")) == "https://cloud.example/elsewhere"


@pytest.mark.parametrize(
    "reference", ["https://evil.example/x", "http://cloud.example/x", "https://cloud.example:444/x", "//169.254.169.254/latest"]
)
def test_another_origin_is_refused(reference: str) -> None:
    with pytest.raises(AddressRefused, match=r"is not the cloud's own origin https://cloud.example; nothing is fetched there"):
        CloudAddress.parse("https://cloud.example/box").within(reference)


@pytest.mark.parametrize("reference", ["file:///etc/passwd", "https://cloud.example:port/x", "mailto:x"])
def test_a_reference_that_is_no_web_address_is_refused(reference: str) -> None:
    with pytest.raises(AddressRefused, match="is no address: "):
        CloudAddress.parse("https://cloud.example/box").within(reference)


def test_a_bad_certificate_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        AddressRefused, match=r"\[cloud\] ca_file .*gone cannot be used: .*give the authority's certificate as PEM"
    ):
        tls(tmp_path / "gone")
    (tmp_path / "rubbish").write_text("rubbish")
    with pytest.raises(AddressRefused, match="cannot be used"):
        tls(tmp_path / "rubbish")
