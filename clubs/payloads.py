"""What the clubs' jobs take."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clubs.choices import PageType
from clubs.shapes import Either, Items, Null, Number, OneOf, Record, Text
from slimy.snowflakes import SnowflakeField
from slimy.wire import ChoiceField, FlagField, IdField, InstantField, WireSerializer

MOST_ROWS = 5_000
MOST_BOXES = 2_000
MOST_PAGES = 20
LONGEST_TEXT = 100_000
FIRST_DAY = datetime(2015, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)  # by which a client's clock may be wrong

_PIXEL = Number(-100_000, 100_000)
_POWER = Either("Must be a whole number or text of at most 40 characters.", Number(), Text(40), Null())
_SHARE = Either("Must be a number of 0 to 1.", Number(0, 1), Null())
_SCORE = Either("Must be a number of -1 to 100.", Number(-1, 100), Null())
_LAST_SEEN = Either("Must be text of at most 40 characters.", Text(40), Null())
_CORNERS = Either("Must be 4 numbers or 4 pairs of numbers.", Items(_PIXEL, 4, 4), Items(Items(_PIXEL, 2, 2), 4, 4))
_ROW = Record(
    {"name": Text(200)}, {"simPower": _POWER, "totalPower": _POWER, "confidence": _SHARE, "lastSeen": _LAST_SEEN}
)
_BOX = Record({"text": Text(500), "box": _CORNERS}, {"score": _SCORE})
_SIZE = Number(1, 100_000)

_ROWS = Record({"rows": Items(_ROW, 1, MOST_ROWS)})
_BOXES = Record({"boxes": Items(_BOX, 0, MOST_BOXES)}, {"width": _SIZE, "height": _SIZE})
_TEXT = Record({"text": Text(LONGEST_TEXT)})
_PAGES = Record({"pages": Items(OneOf(_ROWS, _BOXES, _TEXT), 1, MOST_PAGES)})
OCR_RESULT = OneOf(_ROWS, _BOXES, _TEXT, _PAGES)


class OcrResultField(serializers.Field[Any, Any, Any, Any]):
    """What an OCR engine or a person read: exactly one of rows, boxes, text or pages; kept as it came."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The document, of the right types. What its rows say is judged when it is ingested."""
        if wrong := OCR_RESULT.wrong(data):
            raise ValidationError(wrong)
        if sum(len(page.get("rows", ())) for page in data.get("pages", ())) > MOST_ROWS:
            raise ValidationError({"pages": [f"Must have at most {MOST_ROWS} rows in all."]})
        document: dict[str, Any] = data
        return document

    def to_representation(self, value: Any) -> Any:
        """As it is."""
        return value


class OcrResultSchema(OpenApiSerializerFieldExtension):
    """As its shape says."""

    target_class = OcrResultField

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """The schema."""
        return OCR_RESULT.schema()


class ObservedField(InstantField):
    """When something was seen: not in the future, and not before there was anything to see."""

    def to_internal_value(self, value: Any) -> datetime:
        time = super().to_internal_value(value)
        if time < FIRST_DAY or time > timezone.now() + AHEAD:
            raise ValidationError("Must be between 2015 and now.", code="range")
        return time


class ScanBody(WireSerializer):
    """Body of `POST /api/guilds/<id>/club/ingest`."""

    ocr_result = OcrResultField(help_text="Exactly one of rows, boxes, text or pages.")
    page_type = ChoiceField(choices=PageType.values, required=False, help_text="What it shows, if that is known.")
    observed_at = ObservedField(required=False, help_text="When the screenshots were taken; now, if left out.")
    complete = FlagField(required=False, help_text="It shows the whole club: who isn't on it has left.")


class IngestClubMetrics(ScanBody):
    """Payload of `ingest_club_metrics`."""

    guild_id = SnowflakeField()


class RecomputeClubLatest(WireSerializer):
    """Payload of `recompute_club_latest`."""

    guild_id = SnowflakeField()


class ReadClubScreenshots(WireSerializer):
    """Payload of `read_club_screenshots`."""

    guild_id = SnowflakeField()
    upload_id = IdField(help_text="As the upload was answered.")
