"""What scenes and opening hours hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part, Timer
from edge.shop.scenes.calendar_document import calendar_adopter
from edge.shop.scenes.document import scenes_adopter
from edge.shop.scenes.events import SceneApplied, SceneBegan, SceneCalled, SceneReleased
from edge.shop.scenes.store_events import EnvironmentSampled, StoreClosed, StoreOpened
from edge.shop.scenes.tables import SCENE_TABLES
from edge.shop.scenes.turning import is_due, look

CALENDAR = Timer(name="calendar", is_due=is_due, decide=look, silent=True)
SCENES = Part(
    events=(SceneCalled, SceneReleased, SceneBegan, SceneApplied, StoreOpened, StoreClosed, EnvironmentSampled),
    migrations=(SCENE_TABLES,),
    adopters=lambda _shop: (scenes_adopter(), calendar_adopter()),
    timers=(CALENDAR,),
)
