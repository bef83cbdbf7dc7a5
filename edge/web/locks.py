"""What opens the box's doors, kept together: the password, the sessions, the pairings and the guesses left."""

from __future__ import annotations

from dataclasses import dataclass

from edge.web.guesses import Guesses
from edge.web.hosts import is_loopback, split_listen
from edge.web.pairing import Pairings
from edge.web.password import Password
from edge.web.sessions import Sessions
from edge.web.view import View

FIRST_WORDS = (
    "Others than this machine can reach the page of this box, so it demands a login. Its password, shown only this once:\n\n"
    "    {password}\n\n"
    "Change it with `storebox set-password`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """``login_demanded`` is false on a loopback address: whoever reaches that works on the box itself.

    Names in ``allowed_hosts`` say that others reach the box too, through a proxy on it: then everyone logs in.
    """

    password: Password
    sessions: Sessions
    pairings: Pairings
    guesses: Guesses
    login_demanded: bool


def locks_of(view: View) -> Locks:
    """The locks of the box that ``view`` shows; nothing is read yet."""
    host, _port = split_listen(view.settings.web.listen)
    data_dir = view.settings.box.data_dir
    return Locks(
        password=Password(data_dir / "web-password"),
        sessions=Sessions(clock=view.clock),
        pairings=Pairings(path=data_dir / "web-pairings.json", clock=view.clock),
        guesses=Guesses(clock=view.clock),
        login_demanded=not is_loopback(host) or bool(view.settings.web.allowed_hosts),
    )


async def fit(locks: Locks, view: View) -> None:
    """Read the pairings and make the first password when one is needed. Raises PairingsDamaged, OSError."""
    await locks.pairings.load()
    if not locks.login_demanded:
        return
    password = await locks.password.make_if_missing()
    if password is not None:
        view.announce(FIRST_WORDS.format(password=password))
