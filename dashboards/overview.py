"""Overview: health of the platform, its service level objectives, its feed mode and its degraded level."""

from dashboards.parts import (
    GREEN,
    PLATFORM,
    PODS,
    QUARTER,
    RED,
    SIXTH,
    THIRD,
    YELLOW,
    Board,
    Chart,
    Look,
    Query,
    Section,
    Unit,
    states,
)
from dashboards.queries import quantiles

STATE = Section(
    "State",
    (
        Chart(
            "Ready",
            "Whether users can post and read, in any feed mode.",
            Unit.STATE,
            (Query(f'photoplatform_operator_condition{{{PLATFORM}, condition="Ready"}}', "Ready"),),
            limits=((1, GREEN),),
            below=RED,
            look=Look.NUMBER,
            width=SIXTH,
        ),
        Chart(
            "Degraded level",
            "What the platform leaves out to save load. 0: nothing. 1: smaller pages. 2: also optional work. 3: cached"
            " feeds and no writes. 4: one static answer. Set by the operator, and obeyed by pods.",
            Unit.COUNT,
            (
                Query(f"photoplatform_operator_degraded_level{{{PLATFORM}}}", "set"),
                Query(f"max(degraded_level{{{PODS}}})", "obeyed"),
            ),
            limits=((1, YELLOW), (3, RED)),
            look=Look.NUMBER,
            width=SIXTH,
        ),
        Chart(
            "Firing alerts",
            "Firing alerts of this platform, by severity.",
            Unit.COUNT,
            (
                Query(f'sum(ALERTS{{{PODS}, alertstate="firing", severity="page"}}) or vector(0)', "page"),
                Query(f'sum(ALERTS{{{PODS}, alertstate="firing", severity="ticket"}}) or vector(0)', "ticket"),
            ),
            limits=((1, RED),),
            look=Look.NUMBER,
            width=QUARTER,
        ),
        Chart(
            "API pods",
            "API pods that Prometheus can scrape.",
            Unit.COUNT,
            (Query(f'sum(up{{{PODS}, component="api"}})', "api"),),
            look=Look.NUMBER,
            width=SIXTH,
        ),
        Chart(
            "Requests",
            "Requests per second, without health probes.",
            Unit.REQUESTS,
            (
                Query(
                    f'sum(rate(http_requests_total{{{PODS}, route!~"/healthz|/readyz"}}[$__rate_interval]))', "requests"
                ),
            ),
            look=Look.NUMBER,
            width=QUARTER,
        ),
        states(
            "Feed mode",
            "Where feeds come from: Redis (Push), author timelines (Pull), both while lost feeds are rebuilt"
            " (Rebuilding), or whatever is available (Stale).",
            Query(f"photoplatform_operator_feed_mode{{{PLATFORM}}}", "{{mode}}"),
        ),
        states(
            "Conditions",
            "Conditions of the PhotoPlatform resource; coloured while True.",
            Query(f"photoplatform_operator_condition{{{PLATFORM}}}", "{{condition}}"),
        ),
    ),
)

OBJECTIVES = Section(
    "Service level objectives",
    (
        Chart(
            "Error budget left",
            "Remaining error budget of 30 days, by objective. Below 0 the objective is missed. Without requests it is"
            " 100 %.",
            Unit.SHARE,
            tuple(
                Query(f'slo:error_budget:left{{{PODS}, slo="{slo}"}} or vector(1)', slo)
                for slo in (
                    "feed-availability",
                    "feed-latency",
                    "upload-availability",
                    "upload-latency",
                    "like-latency",
                )
            ),
            limits=((0, YELLOW), (0.25, GREEN)),
            below=RED,
        ),
        Chart(
            "Burn rate over 1 h",
            "At 1 the budget lasts exactly 30 days. A page is sent at 14.4, if the last five minutes exceed it too.",
            Unit.COUNT,
            (Query(f"slo:burn_rate:1h{{{PODS}}} or vector(0)", "{{slo}}"),),
            limits=((1, YELLOW), (14.4, RED)),
        ),
        Chart(
            "Feed pages",
            "Time to answer a feed page. The objective is 99 % within 200 ms.",
            Unit.SECONDS,
            quantiles("feed_latency_seconds"),
            limits=((0.2, YELLOW), (0.5, RED)),
            width=THIRD,
        ),
        Chart(
            "Uploads",
            "Time from the signed URL until the photo is READY. The objective is 99 % within 5 s.",
            Unit.SECONDS,
            quantiles("upload_duration_seconds"),
            limits=((5, RED),),
            width=THIRD,
        ),
        Chart(
            "Likes",
            "Time to answer a like. The objective is 99 % within 100 ms.",
            Unit.SECONDS,
            quantiles("like_latency_seconds"),
            limits=((0.1, RED),),
            width=THIRD,
        ),
        Chart(
            "Responses",
            "Responses per second by status.",
            Unit.REQUESTS,
            (Query(f"sum by (status) (rate(http_requests_total{{{PODS}}}[$__rate_interval]))", "{{status}}"),),
        ),
        Chart(
            "Refused requests",
            "Requests refused because of a degraded level, paused uploads or a rate limit.",
            Unit.REQUESTS,
            (
                Query(
                    f"sum by (problem) (rate(policy_refusals_total{{{PODS}}}[$__rate_interval])) or vector(0)",
                    "{{problem}}",
                ),
            ),
        ),
    ),
)

BOARD = Board(
    "overview",
    "PhotoPlatform / Overview",
    "Health of the platform, its service level objectives, its feed mode and its degraded level.",
    (STATE, OBJECTIVES),
)
