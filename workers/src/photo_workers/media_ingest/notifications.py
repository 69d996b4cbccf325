"""Bucket notifications as S3 stores send them, read into what matters. Pure.

AWS's shape: `Records[].eventName` is `ObjectCreated:Put`, `Records[].s3.object.key` is URL-encoded. versitygw, MinIO
and Ceph send the same with `s3:` before the event's name. A store greets a new destination with a test event, without
Records.
"""

from urllib.parse import unquote_plus

import msgspec
from msgspec import Struct

from photo_core.domain.media_lifecycle import media_id_of
from photo_core.errors import PermanentFailure

CREATED = "ObjectCreated:"
TEST_EVENT = "s3:TestEvent"


class _Bucket(Struct):
    name: str


class _Object(Struct):
    key: str


class _Entity(Struct):
    bucket: _Bucket
    object: _Object


class _Record(Struct, rename={"event_name": "eventName"}):
    event_name: str
    s3: _Entity


class _Notification(Struct, rename={"records": "Records", "event": "Event"}):
    records: list[_Record] | None = None
    event: str | None = None


def uploaded_media(value: bytes, bucket: str) -> list[int]:
    """Return the ids of the media whose originals a notification says have arrived in a bucket.

    Notifications of removals, of other buckets and test events hold none.

    Raises:
        PermanentFailure: the shape is unknown, or the key is not one that this platform hands out.
    """
    try:
        notification = msgspec.json.decode(value, type=_Notification)
    except msgspec.MsgspecError as error:
        raise PermanentFailure(f"not a bucket notification that is known here: {error}") from error
    if notification.records is None:
        return _nothing_in(notification)
    return [_media_id(record.s3.object.key) for record in notification.records if _is_upload(record, bucket)]


def _nothing_in(notification: _Notification) -> list[int]:
    if notification.event == TEST_EVENT:
        return []
    raise PermanentFailure("not a bucket notification that is known here: it has no Records")


def _is_upload(record: _Record, bucket: str) -> bool:
    created = record.event_name.removeprefix("s3:").startswith(CREATED)
    return created and record.s3.bucket.name == bucket


def _media_id(encoded_key: str) -> int:
    media_id = media_id_of(unquote_plus(encoded_key))
    if media_id is None:
        raise PermanentFailure(f"the object key {encoded_key!r} is not one of a media's original")
    return media_id
