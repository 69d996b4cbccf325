"""The platform at a glance: is it well, does it keep its promises, in which mode and at which level does it serve?"""

from dashboards.parts import (
    BLUE,
    CLEAR,
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
)
from dashboards.queries import quantiles

STATE = Section(
    "State",
    (
        Chart(
            "Ready",
            "Whether users can post and read, in any mode.",
            Unit.STATE,
            (Query(f'photoplatform_operator_condition{{{PLATFORM}, condition="Ready"}}', "Ready"),),
            limits=((1, GREEN),),
            below=RED,
            look=Look.NUMBER,
            width=SIXTH,
        ),
        Chart(
            "Degraded level",
            "What is left out to keep the rest: 0 nothing, 1 smaller pages, 2 stale heads, 3 cached feeds alone,"
            " 4 all but one sentence. What pods are told, and what they obey.",
            Unit.COUNT,
            (
                Query(f"photoplatform_operator_degraded_level{{{PLATFORM}}}", "told"),
                Query(f"max(degraded_level{{{PODS}}})", "obeyed"),
            ),
            limits=((1, YELLOW), (3, RED)),
            look=Look.NUMBER,
            width=SIXTH,
        ),
        Chart(
            "Alerts that fire",
            "Alerts of this platform, by severity; 0 where none fires.",
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
            "Pods that serve",
            "Pods of the API that Prometheus reaches.",
            Unit.COUNT,
            (Query(f'sum(up{{{PODS}, component="api"}})', "api"),),
            look=Look.NUMBER,
            width=SIXTH,
        ),
        Chart(
            "Requests",
            "Requests a second, probes left out.",
            Unit.REQUESTS,
            (
                Query(
                    f'sum(rate(http_requests_total{{{PODS}, route!~"/healthz|/readyz"}}[$__rate_interval]))', "requests"
                ),
            ),
            look=Look.NUMBER,
            width=QUARTER,
        ),
        Chart(
            "Feed mode",
            "How pods are told to serve feeds: from Redis (Push), from timelines (Pull), while heads are made whole"
            " (Rebuilding), or with what there is (Stale).",
            Unit.STATE,
            (Query(f"photoplatform_operator_feed_mode{{{PLATFORM}}}", "{{mode}}"),),
            limits=((1, BLUE),),
            below=CLEAR,
            look=Look.STATES,
        ),
        Chart(
            "Conditions",
            "The conditions of the resource, as kubectl shows them.",
            Unit.STATE,
            (Query(f"photoplatform_operator_condition{{{PLATFORM}}}", "{{condition}}"),),
            limits=((1, BLUE),),
            below=CLEAR,
            look=Look.STATES,
        ),
    ),
)

PROMISES = Section(
    "Service level objectives",
    (
        Chart(
            "Error budget left",
            "What is left of thirty days' budget, by objective; below 0 the promise is broken. Where nothing was asked"
            " for yet, all of it.",
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
            "Burn rate of the last hour",
            "1 uses the budget up in exactly thirty days; a page comes at 14.4, where five minutes agree.",
            Unit.COUNT,
            (Query(f"slo:burn_rate:1h{{{PODS}}} or vector(0)", "{{slo}}"),),
            limits=((1, YELLOW), (14.4, RED)),
        ),
        Chart(
            "Feed pages",
            "Time to answer a feed page; the promise is 99 % within 200 ms.",
            Unit.SECONDS,
            quantiles("feed_latency_seconds"),
            limits=((0.2, YELLOW), (0.5, RED)),
            width=THIRD,
        ),
        Chart(
            "Uploads",
            "From the signed URL until the photograph is READY; the promise is 99 % within 5 s.",
            Unit.SECONDS,
            quantiles("upload_duration_seconds"),
            limits=((5, RED),),
            width=THIRD,
        ),
        Chart(
            "Likes",
            "Time to answer a like; the promise is 99 % within 100 ms.",
            Unit.SECONDS,
            quantiles("like_latency_seconds"),
            limits=((0.1, RED),),
            width=THIRD,
        ),
        Chart(
            "Answers",
            "Requests a second by status.",
            Unit.REQUESTS,
            (Query(f"sum by (status) (rate(http_requests_total{{{PODS}}}[$__rate_interval]))", "{{status}}"),),
        ),
        Chart(
            "Refused by policy",
            "Requests that a degraded level, a paused upload or a rate limit turned down.",
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
    "Is the platform well, does it keep its promises, and in which mode does it serve?",
    (STATE, PROMISES),
)
