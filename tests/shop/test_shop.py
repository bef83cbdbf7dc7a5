"""What the decisions learn from the settings."""

from __future__ import annotations

from datetime import UTC, datetime

from config.schema import Faces, Kiosk, Lane, Plugged, Settings, Store
from drivers.shelves.load_cell import Goods, ShelfSettings, Slot
from edge.shop.shop import Shop


def test_lanes_and_slots_come_from_the_settings() -> None:
    slot = Slot(sku="milk", unit_grams=1_030, also=(Goods(sku="tea", unit_grams=250),))
    settings = Settings(
        store=Store(timezone="Europe/Berlin", currency="EUR"),
        kiosk={"kiosk-1": Kiosk(printer="p-1")},
        faces=Faces(notice="n-3"),
        lane={"1": Lane(till="till-1", scale="scale-1"), "2": Lane(till="till-2", scale="scale-1"), "3": Lane(till="till-3")},
        device={
            "shelf-1": Plugged(driver="shelf/load-cell", settings=ShelfSettings(slots={"a": slot})),
            "scale-1": Plugged(driver="scale/mt-sics", settings=object()),
            "mirror-1": Plugged(driver="mirror/page", settings=object()),
        },
    )
    shop = Shop.from_settings(settings, b"k" * 32)
    assert (shop.kiosks, set(shop.mirrors), shop.faces.notice) == (settings.kiosk, {"mirror-1"}, "n-3")
    assert shop.slots == {("shelf-1", "a"): (slot, slot.also[0])}
    assert (shop.currency, shop.lane_of("till-2"), shop.lane_of("till-9")) == ("EUR", "2", None)
    assert (shop.scale_of("till-1"), shop.scale_of("till-3"), shop.scale_of("till-9")) == ("scale-1", None, None)
    assert shop.tills_of("scale-1") == ("till-1", "till-2")
    assert shop.day(datetime(2026, 3, 1, 2, 59, tzinfo=UTC)) == "2026-02-28"
    assert shop.day(datetime(2026, 3, 1, 3, 0, tzinfo=UTC)) == "2026-03-01"
