"""What faces hand to the journal."""

from __future__ import annotations

from edge.shop.faces.audit import AUDIT_ENDS
from edge.shop.faces.events import FaceConsented, FaceDeleted, FaceEnrolled, FaceWithdrawn
from edge.shop.faces.pseudonyms import WHO_AGREED
from edge.shop.faces.purging import FACE_ENDS
from edge.shop.faces.tables import FACE_PSEUDONYMS, FACE_TABLES
from edge.shop.part import Part

FACES = Part(
    events=(FaceConsented, FaceEnrolled, FaceWithdrawn, FaceDeleted),
    migrations=(FACE_TABLES, FACE_PSEUDONYMS),
    timers=(FACE_ENDS, WHO_AGREED, AUDIT_ENDS),
)
