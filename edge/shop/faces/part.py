"""What faces hand to the journal."""

from __future__ import annotations

from edge.shop.faces.audit import AUDIT_ENDS
from edge.shop.faces.events import FaceConsented, FaceDeleted, FaceEnrolled, FaceWithdrawn
from edge.shop.faces.purging import FACE_ENDS
from edge.shop.faces.tables import FACE_TABLES
from edge.shop.part import Part

FACES = Part(
    events=(FaceConsented, FaceEnrolled, FaceWithdrawn, FaceDeleted),
    migrations=(FACE_TABLES,),
    timers=(FACE_ENDS, AUDIT_ENDS),
)
