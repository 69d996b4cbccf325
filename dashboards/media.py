"""Media: from the signed URL to variants that can be posted, and their end."""

from dashboards.parts import PODS, RED, THIRD, YELLOW, Board, Chart, Query, Section, Unit
from dashboards.queries import quantiles, rate

UPLOADS = Section(
    "Uploads",
    (
        Chart(
            "Uploads",
            "Signed URLs handed out, and uploads that ended, by state; FAILED is content that cannot be used.",
            Unit.PER_SECOND,
            (
                Query(rate("uploads_started_total"), "started"),
                Query(f"{rate('uploads_completed_total', by='state')} or vector(0)", "{{state}}"),
            ),
        ),
        Chart(
            "Time until READY",
            "From the signed URL; the promise is 99 % within 5 s.",
            Unit.SECONDS,
            quantiles("upload_duration_seconds"),
            limits=((5, RED),),
        ),
        Chart(
            "Uploads that fail",
            "Share of the last five minutes' uploads that were refused or lost; 1 % calls for a ticket.",
            Unit.SHARE,
            (Query(f'slo:error_ratio:rate5m{{{PODS}, slo="upload-availability"}} or vector(0)', "failed"),),
            limits=((0.001, YELLOW), (0.01, RED)),
        ),
        Chart(
            "Signed URLs refused",
            "Answers of 500 and above to `upload/init`, a second.",
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
            "Time for one photograph",
            "Decoding, resizing and storing.",
            Unit.SECONDS,
            quantiles("image_processing_duration_seconds"),
            limits=((5, RED),),
            width=THIRD,
        ),
        Chart(
            "Size of originals",
            "On average: those announced to the encoders, and those that encoders decoded. Where what comes is larger,"
            " the scaler reckons with more work for each.",
            Unit.BYTES,
            (
                Query(f"{rate('media_announced_bytes_total')} / {rate('media_announced_total')} or vector(0)", "come"),
                Query(f"{rate('media_encoded_bytes_total')} / {rate('media_encoded_total')} or vector(0)", "done"),
            ),
            width=THIRD,
        ),
        Chart(
            "Under way",
            "For how long the slowest encoder has been at the photograph that it has in hand.",
            Unit.SECONDS,
            (Query(f"max(encode_under_way_seconds{{{PODS}}})", "slowest"),),
            limits=((120, RED),),
            width=THIRD,
        ),
        Chart(
            "Stuck",
            "Media that an encoder took minutes ago and did not finish.",
            Unit.COUNT,
            (Query(f"max(media_stuck{{{PODS}}})", "media"),),
            limits=((1, RED),),
            width=THIRD,
        ),
        Chart(
            "Messages of the encoders",
            "Uploads that encoders took, by outcome.",
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
            "Time until a deletion is cleared",
            "The 99th percentile by surface; 0 while nothing is deleted.",
            Unit.SECONDS,
            (
                Query(
                    "histogram_quantile(0.99, sum by (surface, le)"
                    f" (rate(purge_latency_seconds_bucket{{{PODS}}}[$__rate_interval]))) or vector(0)",
                    "{{surface}}",
                ),
            ),
            limits=((60, YELLOW),),
        ),
    ),
)
BOARD = Board(
    "media",
    "PhotoPlatform / Media",
    "From the signed URL to variants that can be posted, and their end.",
    (UPLOADS, ENCODERS),
)
