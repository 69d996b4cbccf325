"""Bucket notifications in the shapes that stores send."""

import json

import pytest

from photo_core.errors import PermanentFailure
from photo_workers.media_ingest.notifications import uploaded_media


def aws(event: str = "ObjectCreated:Put", bucket: str = "original", key: str = "o/42") -> dict[str, object]:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": event,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 3, "eTag": "d41d", "sequencer": "0A1B"}},
    }


def notification(*records: dict[str, object]) -> bytes:
    return json.dumps({"Records": records}).encode()


# as versitygw 1.8.0 sent it
VERSITYGW = (
    b'{"Records":[{"eventVersion":"2.2","eventSource":"aws:s3","awsRegion":"us-east-1",'
    b'"eventTime":"2026-11-21T02:59:03Z","eventName":"s3:ObjectCreated:Put","userIdentity":{"PrincipalId":"user"},'
    b'"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"","x-amz-id-2":""},'
    b'"s3":{"s3SchemaVersion":"1.0","configurationId":"webhook-global","bucket":{"name":"original","ownerIdentity":'
    b'{"PrincipalId":"user"},"arn":"arn:aws:s3:::/original/o/890826028450407021"},"object":'
    b'{"key":"o/890826028450407021","size":37,"eTag":"\\"c188\\"","versionId":null,"sequencer":"1"}},'
    b'"glacierEventData":{"restoreEventData":{"lifecycleRestorationExpiryTime":"","lifecycleRestoreStorageClass":""}}}]}'
)


@pytest.mark.parametrize("event", ["Put", "Post", "Copy", "CompleteMultipartUpload"])
def test_every_way_to_create_an_object_counts(event: str) -> None:
    assert uploaded_media(notification(aws(f"ObjectCreated:{event}")), "original") == [42]


def test_what_versitygw_sends_is_understood() -> None:
    assert uploaded_media(VERSITYGW, "original") == [890826028450407021]


def test_keys_are_url_encoded() -> None:
    assert uploaded_media(notification(aws(key="o%2F42")), "original") == [42]


def test_one_notification_may_hold_several_records() -> None:
    assert uploaded_media(notification(aws(), aws(key="o/43")), "original") == [42, 43]


@pytest.mark.parametrize(
    "value",
    [
        notification(aws("ObjectRemoved:Delete")),
        notification(aws("s3:ObjectRemoved:Delete")),
        notification(aws(bucket="optimized", key="m/42/abc.jpg")),
        notification(),
        b'{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"original"}',
    ],
    ids=["removed", "removed as versitygw says it", "another bucket", "no record", "test event"],
)
def test_other_notifications_are_passed_over(value: bytes) -> None:
    assert uploaded_media(value, "original") == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not a bucket notification"),
        (b"hello", "not a bucket notification"),
        (b"[]", "not a bucket notification"),
        (b"{}", "it has no Records"),
        (b'{"Records":[{"eventName":"ObjectCreated:Put"}]}', "not a bucket notification"),
        (notification(aws(key="")), "not one of a media's original"),
        (notification(aws(key="../etc/passwd")), "not one of a media's original"),
    ],
)
def test_an_unknown_shape_is_a_permanent_failure_with_its_reason(value: bytes, reason: str) -> None:
    with pytest.raises(PermanentFailure, match=reason):
        uploaded_media(value, "original")
