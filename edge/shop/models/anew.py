"""Another model of faces reads no template of the one before: those members must enrol anew, and everybody knows it in time.

    {"enrol_anew_from": "2026-12-01", "models": {"mobilefacenet-onnx": …}}

Until that day the models of before are used and the staff's page says what is coming; without a day they are used for ever. From
then on what no model here can read is erased with its consent, and told: ``storebox.face.deleted`` with ``model``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from edge.shop.faces.audit import Act
from edge.shop.faces.erasing import consent_named, erase
from edge.shop.faces.events import FaceDeleted
from edge.shop.models.document import WantedModels, wanted_models
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from models.face_binding import face_binding
from sync.events import Event

AT_ONCE = 100
"""Templates of one piece of work."""

_OTHER = "face_templates WHERE model < ?1 OR model > ?1"
"""So written the index is used: this is asked after each commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """So many ``members`` have templates of another model than is wanted. ``day``: from when; None while it is not said."""

    members: int
    day: date | None


def enrol_anew(wanted: WantedModels, db: sqlite3.Connection) -> Anew | None:
    """Who must enrol anew because of the models that are ``wanted``; None for nobody."""
    (members,) = db.execute(f"SELECT count(*) FROM {_OTHER}", (face_binding(wanted.models),)).fetchone()  # noqa: S608
    return Anew(members=members, day=wanted.enrol_anew_from) if members else None


def announced_anew(db: sqlite3.Connection) -> Anew | None:
    """The same of the last document, but only what headquarters has named a day for: staff can tell members in time."""
    wanted = wanted_models(db)
    return None if wanted is None or wanted.enrol_anew_from is None else enrol_anew(wanted, db)


def end_other_models(model: str) -> Decision:
    """Erase some of the templates that are not of ``model``, with their consents: another face needs another yes."""

    def decide(moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        rows = db.execute(f"SELECT consent FROM {_OTHER} LIMIT ?2", (model, AT_ONCE)).fetchall()  # noqa: S608 - our own words
        for (consent,) in rows:
            kept = consent_named(db, consent)
            if kept is None:  # only somebody with a program of their own leaves a template without its consent
                db.execute("DELETE FROM face_templates WHERE consent = ?", (consent,))
            else:
                erase(kept, Act(what="deleted", at=moment.at, by="model"), db)
                yield FaceDeleted(member_ref=kept.member_ref, consent=consent, reason="model")

    return decide
