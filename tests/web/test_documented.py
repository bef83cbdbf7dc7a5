"""``docs/api.md`` names every route with its role, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.web.conftest import Opens

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
ROW = re.compile(r"^\| (`(?:GET|POST|PUT|DELETE) .*?) \| (\w+) \|", re.MULTILINE)
ADDRESS = re.compile(r"`(GET|POST|PUT|DELETE) ([^`?]+)[^`]*`")


async def test_the_document_lists_every_route_with_its_role(opens: Opens) -> None:
    rows = ROW.findall(DOCUMENT.read_text())
    documented = {(method, path): role for addresses, role in rows for method, path in ADDRESS.findall(addresses)}
    async with opens() as shop:
        assert documented == {(route.method, route.path): str(route.role) for route in shop.built.routes}
