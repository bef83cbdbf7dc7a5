import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from sync.signatures import KeyUnreadable, SignatureRefused, public_key, public_text, sign, verified

KEY = OKPKey.generate_key("Ed25519", private=True)
TYP = "storebox-document+jws"


def _public() -> OKPKey:
    return public_key(public_text(KEY))


def _handmade(header: dict[str, object], *, payload: bytes = b"{}", signature: bytes = b"") -> str:
    from base64 import urlsafe_b64encode

    parts = (msgspec.json.encode(header), payload, signature)
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_what_was_signed_is_read() -> None:
    assert verified(sign(b'{"a":1}', KEY, typ=TYP), _public(), typ=TYP) == b'{"a":1}'


def test_the_newer_name_of_the_algorithm_is_read_too() -> None:
    text = jws.serialize_compact({"alg": "Ed25519", "typ": TYP}, b"{}", KEY, algorithms=["Ed25519"])
    assert verified(text, _public(), typ=TYP) == b"{}"


def test_another_key_is_refused() -> None:
    text = sign(b"{}", OKPKey.generate_key("Ed25519", private=True), typ=TYP)
    with pytest.raises(
        SignatureRefused, match="the signature is not from this box's signing key; was it signed for another cloud"
    ):
        verified(text, _public(), typ=TYP)


def test_a_changed_payload_is_refused() -> None:
    header, _, signature = sign(b'{"price":1}', KEY, typ=TYP).split(".")
    changed = _handmade({}, payload=b'{"price":0}').split(".")[1]
    with pytest.raises(SignatureRefused, match="the signature is not from"):
        verified(f"{header}.{changed}.{signature}", _public(), typ=TYP)


def test_no_algorithm_is_no_signature() -> None:
    with pytest.raises(SignatureRefused, match=r"not a JWS signed with Ed25519: .*'none' is not supported"):
        verified(_handmade({"alg": "none", "typ": TYP}), _public(), typ=TYP)


def test_the_public_key_is_no_shared_secret() -> None:
    pem = _public().as_pem()
    secret = OctKey.import_key(pem.hex())
    text = jws.serialize_compact({"alg": "HS256", "typ": TYP}, b"{}", secret, algorithms=["HS256"])
    with pytest.raises(SignatureRefused, match=r"not a JWS signed with Ed25519: .*'HS256' is not supported"):
        verified(text, _public(), typ=TYP)


def test_a_command_is_no_document() -> None:
    text = sign(b"{}", KEY, typ="storebox-command+jws")
    with pytest.raises(
        SignatureRefused, match=r"its header says typ 'storebox-command\+jws'; this needs 'storebox-document\+jws'"
    ):
        verified(text, _public(), typ=TYP)


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "\xff.\xff.\xff", "W10.aGk.AAAA", "MQ.aGk.AAAA", "e30.aGk.AAAA", "." * 5000]
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(SignatureRefused, match="not a JWS signed with Ed25519"):
        verified(text, _public(), typ=TYP)


def test_an_endless_payload_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="size exceeds"):
        verified("a" * 20_000_000, _public(), typ=TYP)


def test_a_key_is_read_in_three_forms() -> None:
    text = public_text(KEY)
    pem = KEY.public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    jwk = msgspec.json.encode(KEY.as_dict(private=False)).decode()
    assert {public_text(public_key(form)) for form in (text, f" {text}\n", pem, jwk)} == {text}


@pytest.mark.parametrize("text", ["", "x", "{", "{}", '{"kty":"RSA"}', "-----BEGIN PUBLIC KEY-----\nrubbish"])
def test_rubbish_is_no_key(text: str) -> None:
    with pytest.raises(KeyUnreadable, match="not an Ed25519 public key; give the key as JWK, PEM, or the 43 characters of its x"):
        public_key(text)


def test_another_curve_is_no_signing_key() -> None:
    with pytest.raises(KeyUnreadable, match="the key is on the curve X25519; documents are signed with Ed25519"):
        public_key('{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}')
