"""What can go wrong with the cloud; the class says what the box does about it.

CloudError
├── CloudAway          no answer, a late one, 5xx, 429: ask again after a wait
├── CloudOdd           an answer that this API does not know: ask again after a wait, tell a person
├── TokenRefused       401, 403: stop until there is a new token
└── BatchRefused       400, 413, 422: the same request will be refused again; halve it
    └── BatchTooLarge  413
"""

from __future__ import annotations


class CloudError(Exception):
    """The request failed; the text says what was seen and what to do."""


class CloudAway(CloudError):
    """The cloud is not there or asks for time. ``retry_after_s`` is what it asked for; ``late``: the deadline passed."""

    def __init__(self, problem: str, *, retry_after_s: float | None = None, late: bool = False) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s
        self.late = late


class CloudOdd(CloudError):
    """Not the answer of a storebox cloud: a captive portal, a redirect, a wrong path. ``missing``: 404 or 410."""

    def __init__(self, problem: str, *, missing: bool = False) -> None:
        super().__init__(problem)
        self.missing = missing


class TokenRefused(CloudError):
    """The cloud does not know this box's token."""


class BatchRefused(CloudError):
    """The cloud will never take this request as it is."""


class BatchTooLarge(BatchRefused):
    """The cloud takes less in one request."""
