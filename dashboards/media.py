"""Media: uploads, encoding of photos, and deletion."""

from dashboards.parts import PODS, RED, THIRD, YELLOW, Board, Chart, Query, Section, Unit
from dashboards.queries import quantile, quantiles, rate

UPLOADS = Section(
    "Uploads",
    (
        Chart(
            "Uploads",
            "Signed URLs issued, and finished uploads by state. FAILED means unusable content.",
            Unit.PER_SECOND,
            (
                Query(rate("uploads_started_total"), "started"),
                Query(f"{rate('uploads_completed_total', by='state')} or vector(0)", "{{state}}"),
            ),
        ),
        Chart(
            "Time until READY",
            "Time from the signed URL until the photo is READY. The objective is 99 % within 5 s.",
            Unit.SECONDS,
            quantiles("upload_duration_seconds"),
            limits=((5, RED),),
        ),
        Chart(
            "Failed uploads",
            "Share of the uploads of the last five minutes that were refused or lost. Above 1 % an alert fires.",
            Unit.SHARE,
            (Query(f'slo:error_ratio:rate5m{{{PODS}, slo="upload-availability"}} or vector(0)', "failed"),),
            limits=((0.001, YELLOW), (0.01, RED)),
        ),
        Chart(
            "Refused uploads",
            "Responses of `upload/init` with status 500 and above, per second.",
            Unit.REQUESTS,
            (
                Query(
                    "sum by (status) (rate(http_requests_total"
                    f'{{{PODS}, route="/media/upload/init", status=~"5.."}}[$__rate_interval])) or vector(0)',
                    "{{status}}",
                ),
            ),
        ),
    ),
)
ENCODERS = Section(
    "Encoders",
    (
        Chart(
            "Encoding time",
            "Time to decode, resize and store one photo.",
            Unit.SECONDS,
            quantiles("image_processing_duration_seconds"),
            limits=((5, RED),),
            width=THIRD,
        ),
        Chart(
            "Size of originals",
            "Average size of the uploads announced to the encoders, and of those that were decoded. If announced"
            " uploads are larger, the scaler expects more work for each.",
            Unit.BYTES,
            (
                Query(
                    f"{rate('media_announced_bytes_total')} / {rate('media_announced_total')} or vector(0)", "announced"
                ),
                Query(f"{rate('media_encoded_bytes_total')} / {rate('media_encoded_total')} or vector(0)", "decoded"),
            ),
            width=THIRD,
        ),
        Chart(
            "Longest encoding in progress",
            "Time that the slowest encoder has spent on its current photo. Above 2 minutes an alert fires.",
            Unit.SECONDS,
            (Query(f"max(encode_under_way_seconds{{{PODS}}})", "slowest"),),
            limits=((120, RED),),
            width=THIRD,
        ),
        Chart(
            "Stuck photos",
            "Photos that an encoder started minutes ago and has not finished.",
            Unit.COUNT,
            (Query(f"max(media_stuck{{{PODS}}})", "media"),),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Encoded uploads",
            "Uploads per second that encoders processed, by outcome.",
            Unit.PER_SECOND,
            (
                Query(
                    "sum by (outcome) (rate(worker_messages_total"
                    f'{{{PODS}, group="image-encode"}}[$__rate_interval])) or vector(0)',
                    "{{outcome}}",
                ),
            ),
        ),
        Chart(
            "Deletion time",
            "99th percentile of the time until deleted data is removed, by place. 0 if nothing is deleted.",
            Unit.SECONDS,
            (Query(f"{quantile(0.99, 'purge_latency_seconds', by='surface')} or vector(0)", "{{surface}}"),),
            limits=((60, YELLOW),),
        ),
    ),
)
BOARD = Board(
    "media",
    "PhotoPlatform / Media",
    "Uploads, encoding of photos, and deletion.",
    (UPLOADS, ENCODERS),
)
