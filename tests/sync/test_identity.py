import stat
from base64 import urlsafe_b64decode
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.durable_file import write_private
from sync.identity import Claim, IdentityDamaged, IdentityFile, SettingUnreadable, Trust, trust, with_token_file

CLAIM = Claim(store="s-1", token="secret-token", signing_key="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")


def test_a_first_start_makes_an_identity_that_stays(tmp_path: Path) -> None:
    made = IdentityFile(tmp_path).identity
    assert len(made.box) == 32
    assert made.box[12] == "7"  # RFC 9562: the version digit of a UUIDv7
    assert IdentityFile(tmp_path).identity == made


def test_two_boxes_differ(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert IdentityFile(tmp_path / "a").identity.box != IdentityFile(tmp_path / "b").identity.box


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    IdentityFile(tmp_path)
    assert stat.S_IMODE((tmp_path / "identity.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["identity.json"]


def test_a_signature_fits_the_public_key(tmp_path: Path) -> None:
    identity = IdentityFile(tmp_path).identity
    key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(identity.public_key() + "="))
    key.verify(urlsafe_b64decode(identity.sign(b"content") + "=="), b"content")


def test_a_claim_survives_a_restart(tmp_path: Path) -> None:
    IdentityFile(tmp_path).keep_claim(CLAIM)
    assert IdentityFile(tmp_path).identity.claim == CLAIM


def test_no_secret_is_printed(tmp_path: Path) -> None:
    file = IdentityFile(tmp_path)
    file.keep_claim(CLAIM)
    assert file.identity.private_key not in repr(file.identity)
    assert CLAIM.token not in repr(file.identity)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the box's identity is damaged (Input data was truncated); restore"),
        (b'{"box": "\xff"}', "the box's identity is damaged"),
        (b'{"box":"01a1ff64011c72bab8b39862aeefc0ee"}', "missing required field `private_key`"),
        (b'{"box":"short","private_key":"x"}', "(box is not 32 hex digits)"),
        (b'{"box":"01a1ff64011c72bab8b39862aeefc0ee","private_key":"AAAA"}', "(private_key is no Ed25519 key)"),
    ],
)
def test_a_damaged_identity_is_never_replaced(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "identity.json").write_bytes(content)
    with pytest.raises(IdentityDamaged, match="from a backup; move it away only if this box shall become a new one") as caught:
        IdentityFile(tmp_path)
    assert why in str(caught.value)
    assert (tmp_path / "identity.json").read_bytes() == content


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(tmp_path / "kept", b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(tmp_path / "kept", b"new")
    assert (tmp_path / "kept").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_the_token_file_goes_before_the_claim(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" other-token\n")
    claim = with_token_file(CLAIM, tmp_path / "token")
    assert claim == msgspec.structs.replace(CLAIM, token="other-token")
    assert with_token_file(CLAIM, None) is CLAIM
    assert with_token_file(None, tmp_path / "token") is None


def test_the_signing_key_file_goes_before_the_claim(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text('{"kty":"OKP","crv":"Ed25519","x":"X6hsaPQ2teBrIilElpA9kTUTI4U4yShaxCpfHv6fYh8"}')
    assert trust(CLAIM, path) == Trust(signing_key="X6hsaPQ2teBrIilElpA9kTUTI4U4yShaxCpfHv6fYh8", store="s-1")
    assert trust(None, path) == Trust(signing_key="X6hsaPQ2teBrIilElpA9kTUTI4U4yShaxCpfHv6fYh8", store=None)
    assert trust(CLAIM, None) == Trust(signing_key=CLAIM.signing_key, store="s-1")
    assert trust(None, None) is None


def test_unreadable_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingUnreadable, match=r"\[cloud\] token_file .*gone cannot be read: "):
        with_token_file(CLAIM, tmp_path / "gone")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SettingUnreadable, match=r"\[cloud\] token_file .*empty is empty"):
        with_token_file(CLAIM, tmp_path / "empty")
    (tmp_path / "key").write_text("rubbish")
    with pytest.raises(
        SettingUnreadable, match=r"\[cloud\] signing_key_file .*key: not an Ed25519 public key; give the key as JWK"
    ):
        trust(None, tmp_path / "key")
