"""What headquarters has signed and got wrong all the same: documents, and commands."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from joserfc.jwk import OKPKey

from sync.adopters import DocumentRefused
from sync.commands import COMMAND_TYP, CommandNotTaken, check_command, read_signed_command
from sync.documents import DOCUMENT_TYP, check_audience, check_dates, check_form, read_document
from sync.signatures import sign

KEY = OKPKey.import_key(
    {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
)
"""The key of RFC 8037, appendix A.1."""
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def feed(data: bytes) -> None:
    """Its length chooses whether it is signed as a document or as a command."""
    if len(data) % 2:
        with suppress(DocumentRefused):
            document = read_document(sign(data, KEY, typ=DOCUMENT_TYP), KEY).document
            check_form(document)
            check_audience(document, box="b-1", store="s-1")
            check_dates(document, now=NOW, clock="synced")
    else:
        with suppress(CommandNotTaken):
            command = read_signed_command(sign(data, KEY, typ=COMMAND_TYP), KEY).command
            check_command(command, box="b-1", store="s-1", now=NOW, clock="synced")
