"""The members that this process knows, from sealed rows: they wait while there is no key, and are gone at a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edge.faces.vault import NotOurs, Vault
from edge.faces.words import MOST_AT_ONCE, Learnt, Sealed
from models.face_gallery import Gallery


class Known:
    """``gallery`` has those that were opened."""

    def __init__(self) -> None:
        self.gallery = Gallery()
        self._vault: Vault | None = None
        self._waiting: dict[str, Sealed] = {}

    def unlock(self, vault: Vault) -> Iterator[Learnt]:
        """The key is there: open those that waited for it, some at a time."""
        self._vault = vault
        waiting = list(self._waiting.values())
        self._waiting.clear()
        for start in range(0, len(waiting), MOST_AT_ONCE):
            yield from self.learn(waiting[start : start + MOST_AT_ONCE])

    def learn(self, templates: Iterable[Sealed]) -> Iterator[Learnt]:
        """Open them; without a key they wait, and nothing is told yet."""
        vault = self._vault
        if vault is None:
            self._waiting.update((each.template, each) for each in templates)
            return
        opened, refused = 0, list[str]()
        for each in templates:
            if self._took(vault, each):
                opened += 1
            else:
                refused.append(each.template)
        yield Learnt(templates=opened, refused=tuple(refused))

    def forget(self, templates: Iterable[str]) -> None:
        """Know them no more, opened or not."""
        for template in templates:
            self._waiting.pop(template, None)
            self.gallery.forget(template)

    def _took(self, vault: Vault, sealed: Sealed) -> bool:
        try:
            face = vault.opened(sealed)
        except NotOurs:
            # What stood under this name before is not what the table says any more.
            self.gallery.forget(sealed.template)
            return False
        self.gallery.learn(sealed.template, sealed.member, face)
        face.wipe()
        return True
