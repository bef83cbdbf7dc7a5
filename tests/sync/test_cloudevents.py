import re

import msgspec
import zstandard

from sync import cloudevents
from sync.events import Envelope, EventClass

ENVELOPE = Envelope(
    id="01a1ff64-011c-72ba-b8b3-9862aeefc0ee",
    box="01a1ff64011c72bab8b39862aeefc0ee",
    sequence=42,
    type="storebox.order.paid",
    event_class=EventClass.ORDER,
    time="2026-03-01T09:30:00.123Z",
    boot="b007",
    monotonic_ms=3_000_000_000,
    clock="synced",
    subject="order-7",
    tz="Asia/Shanghai",
    business_day="2026-03-01",
    data=msgspec.Raw(b'{"total_minor":798}'),
)


def test_an_event_on_the_wire() -> None:
    encoded = cloudevents.encode(ENVELOPE, "s-1")
    assert msgspec.json.decode(encoded.json) == {
        "specversion": "1.0",
        "id": "01a1ff64-011c-72ba-b8b3-9862aeefc0ee",
        "source": "/stores/s-1/boxes/01a1ff64011c72bab8b39862aeefc0ee",
        "type": "storebox.order.paid",
        "subject": "order-7",
        "time": "2026-03-01T09:30:00.123Z",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000042",
        "boot": "b007",
        "monotonicms": "3000000000",
        "clock": "synced",
        "tz": "Asia/Shanghai",
        "businessday": "2026-03-01",
        "eventclass": "order",
        "data": {"total_minor": 798},
    }


def test_attribute_names_are_lower_case_letters_and_digits() -> None:
    """CloudEvents 1.0 §3.1."""
    names = msgspec.json.decode(cloudevents.encode(ENVELOPE, "s-1").json, type=dict[str, msgspec.Raw])
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in names)


def test_no_integer_is_wider_than_the_standard_allows() -> None:
    """CloudEvents 1.0 §3.2: an Integer has 32 bits."""
    event = msgspec.json.decode(cloudevents.encode(ENVELOPE, "s-1").json)
    assert not [name for name, value in event.items() if isinstance(value, int)]


def test_what_an_event_lacks_is_left_out() -> None:
    bare = msgspec.structs.replace(ENVELOPE, subject=None, tz=None, business_day=None)
    assert not {"subject", "tz", "businessday", "tenant"} & set(msgspec.json.decode(cloudevents.encode(bare, "s-1").json))


def test_sequences_sort_as_text() -> None:
    numbers = [1, 9, 10, 99, 2**31, 2**63 - 1]
    texts = [
        msgspec.json.decode(cloudevents.encode(msgspec.structs.replace(ENVELOPE, sequence=number), "s").json)["sequence"]
        for number in numbers
    ]
    assert sorted(texts) == texts


def test_a_batch_is_one_array_and_unpacks() -> None:
    events = [cloudevents.encode(ENVELOPE, "s-1")] * 3
    body = zstandard.ZstdDecompressor().decompress(cloudevents.zstd(cloudevents.batch(events)))
    assert len(msgspec.json.decode(body, type=list[cloudevents.CloudEvent])) == 3
    assert cloudevents.batch([]) == b"[]"


def test_an_event_of_one_brand_of_several_says_which() -> None:
    told = msgspec.json.decode(cloudevents.encode(ENVELOPE, "s-1", "brand-a").json)
    assert told["tenant"] == "brand-a"
    assert "tenant" not in msgspec.json.decode(cloudevents.encode(ENVELOPE, "s-1").json)
