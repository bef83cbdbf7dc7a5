"""One log format for the whole process, to stderr; without it a token could reach the system's journal by its key.

2026-03-01T09:30:00.125Z [warning  ] no broker at 127.0.0.1:1883: refused; is mosquitto running?  device=shelf-1
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import TextIO

import structlog

from config.schema import Log

# A key that has one of these words names something that is nobody's business, whatever stands before or after the word.
SECRET_WORDS = frozenset(
    {"authorization", "card", "code", "cookie", "credential", "embedding", "face", "key", "member", "otp", "pan", "passwd"}
    | {"password", "phone", "pin", "secret", "template", "token"}
)
HARMLESS_KEYS = frozenset({"exit_code", "status_code"})
MASK = "***"


def set_up_logs(settings: Log, stream: TextIO | None = None) -> None:
    """Send everything that this process logs, the libraries' lines too, to ``stream`` (stderr) in the one format."""
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        mask_secrets,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    to_stream = logging.StreamHandler(stream)
    to_stream.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(settings.format, stream)],
        )
    )
    logging.basicConfig(handlers=[to_stream], level=settings.level.upper(), force=True)


def mask_secrets(_logger: object, _method: str, line: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """A structlog processor: the value of a key that looks secret becomes ``***``, in nested mappings too."""
    for key, value in line.items():
        if _looks_secret(key):
            line[key] = MASK
        elif isinstance(value, Mapping):
            line[key] = mask_secrets(_logger, _method, dict(value))
    return line


def _looks_secret(key: object) -> bool:
    words = str(key).lower().replace("-", "_")
    return words not in HARMLESS_KEYS and not SECRET_WORDS.isdisjoint(words.split("_"))


def _renderers(form: str, stream: TextIO) -> list[structlog.typing.Processor]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    # structlog's own choice would be rich's traceback, which prints local variables: tokens and member codes among them.
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)]
