"""Templates are sealed and opened; whatever was changed about one, it does not open, and nothing of it is told."""

from __future__ import annotations

import os

import msgspec
import numpy as np
import pytest

from edge.faces.vault import SEALED_BYTES, NotOurs, Vault
from edge.faces.words import Sealed
from models.face_vectors import LENGTH, FaceVector
from tests.faces.made_up import ANN, MODEL, face


@pytest.fixture
def sealed(vault: Vault) -> Sealed:
    return vault.seal(face(ANN), template="t-1", member="m-1")


def test_what_is_sealed_opens_to_the_same_face(vault: Vault, sealed: Sealed) -> None:
    assert vault.opened(sealed).like(face(ANN)) == pytest.approx(1)
    assert len(sealed.sealed) == SEALED_BYTES


def test_the_same_face_is_never_sealed_alike(vault: Vault, sealed: Sealed) -> None:
    again = vault.seal(face(ANN), template="t-1", member="m-1")
    assert again.sealed[:12] != sealed.sealed[:12]
    assert again.sealed[12:] != sealed.sealed[12:]


def test_nothing_of_a_face_is_in_what_is_sealed(sealed: Sealed) -> None:
    assert face(ANN).values.tobytes()[ANN * 4 : ANN * 4 + 4] not in sealed.sealed
    assert bytes(64) not in sealed.sealed


@pytest.mark.parametrize("changed", [{"member": "m-2"}, {"template": "t-2"}, {"member": "m-1t", "template": "-1"}])
def test_a_row_that_was_moved_does_not_open(vault: Vault, sealed: Sealed, changed: dict[str, str]) -> None:
    with pytest.raises(NotOurs, match=r"^the template is sealed by another key, or for another row or model, or damaged$"):
        vault.opened(msgspec.structs.replace(sealed, **changed))


def test_another_key_or_another_model_does_not_open(sealed: Sealed, vault: Vault) -> None:
    for other in (Vault(os.urandom(32), MODEL), Vault(bytes(32), MODEL)):
        with pytest.raises(NotOurs):
            other.opened(sealed)
    key = os.urandom(32)
    ours = Vault(key, MODEL).seal(face(ANN), template="t-1", member="m-1")
    with pytest.raises(NotOurs):
        Vault(key, "made-up@2").opened(ours)


def test_every_bit_counts(vault: Vault, sealed: Sealed) -> None:
    for at in range(0, SEALED_BYTES, 7):
        flipped = bytearray(sealed.sealed)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(NotOurs):
            vault.opened(msgspec.structs.replace(sealed, sealed=bytes(flipped)))


@pytest.mark.parametrize("length", [0, 11, 27, SEALED_BYTES - 1, SEALED_BYTES + 1, 2048])
def test_garbage_of_any_length_is_refused_and_not_shown(vault: Vault, length: int) -> None:
    garbage = os.urandom(length)
    with pytest.raises(NotOurs) as told:
        vault.opened(Sealed(template="t-1", member="m-1", sealed=garbage))
    assert str(told.value) == "the template has another length"


@pytest.mark.parametrize("values", [np.zeros(LENGTH), np.full(LENGTH, np.nan), np.ones(LENGTH)])
def test_what_is_no_face_was_sealed_by_mistake(vault: Vault, values: np.ndarray) -> None:
    wrong = vault.seal(FaceVector(values=values.astype(np.float32)), template="t-1", member="m-1")
    with pytest.raises(NotOurs, match=r"^the template holds no face$"):
        vault.opened(wrong)


def test_a_template_is_not_in_what_a_log_would_show(sealed: Sealed) -> None:
    assert repr(sealed) == "Sealed(template='t-1')"


def test_no_key_is_in_what_a_log_would_show(vault: Vault) -> None:
    assert repr(vault) == f"<edge.faces.vault.Vault object at {id(vault):#x}>"
