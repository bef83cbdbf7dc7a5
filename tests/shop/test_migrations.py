"""The shop's tables only grow: a migration that was released is never edited."""

from __future__ import annotations

from edge.shop.registry import MIGRATIONS
from tests.migration_pins import pins_of

PINNED = {
    "shop-0001": ("da2c35bd12114b80", "bd0aac317daf42a5"),
    "shop-0002": ("ba38ce8e54d7c066", "16d5d9f7626df8ba"),
    "shop-0003": ("a202fefc3d36eb82", "4bb1f60a41b9030b"),
    "shop-0004": ("28cc10ce58a37aea", "ea4f88ce9cae4acc"),
    "shop-0005": ("5ce83827cf3a50d8", "f026fdea0ecaff22"),
    "shop-0006": ("93dccbc766b1414b", "bcc8a110ca0faea9"),
    "shop-0007": ("4e1be12e3cad8ab9", "f1804ee6953dc8a0"),
    "shop-0008": ("72f536384a95d6d1", "769f0bf2fdd7bb87"),
    "shop-0009": ("c975aafd9b9ab151", "dbd03e91015dcfb9"),
    "shop-0010": ("49fe46f081f2dc98", "2296c37ae452e7f1"),
    "shop-0011": ("086dee619f5d7ced", "9c1477863984dada"),
    "shop-0012": ("b92433795c158cc5", "16976dcd0c8c6045"),
    "shop-0013": ("6cdb8bbac81f7403", "f56f11866f6b7093"),
    "shop-0014": ("15c15470e0ae555a", "6018c12b7b1b3e39"),
    "shop-0015": ("715fcf397057ee40", "11733e323322fa40"),
    "shop-0016": ("f76b733f0209d4ca", "63b1a145231fef2e"),
    "shop-0017": ("192eebd1565b671e", "c2f207000eb2c8c8"),
    "shop-0018": ("17b6e6b2b29ec458", "373d37222523df50"),
    "shop-0019": ("e10968a21477e104", "395b226f09ee06c1"),
    "shop-0020": ("1d0176aad559622d", "c66f2a400340ddd0"),
    "shop-0021": ("55011d2b45ab0374", "75d51b56cc0a1b57"),
}
"""Released migrations: digest of the schema that each one leaves, digest of what it does. Never change a line; add one."""


def test_released_migrations_are_never_edited() -> None:
    found = pins_of(MIGRATIONS)
    assert found == PINNED, "a released migration was edited (add a new one instead), or a new one is not pinned yet"
