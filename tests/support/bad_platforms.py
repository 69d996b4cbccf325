"""What a PhotoPlatform must not say: where, what, and words of the sentence that refuses it.

`tests/repo` holds this list to the CRD's rules, `tests/e2e` shows it to a real API server.
"""

from typing import Any, NamedTuple

from hack.scenarios.cluster import Json


class Bad(NamedTuple):
    """A field set wrongly, and words of the sentence. Where `before` stands, the change is wrong, not the value."""

    path: str
    value: Any
    sentence: str
    before: Any = None


KAFKA, REDIS, CASSANDRA = "spec.engines.kafka", "spec.engines.redis", "spec.engines.cassandra"
STORE, FANOUT, FEED = "spec.engines.objectStorage", "spec.workers.fanout", "spec.feed"
RUNBOOKS = "spec.remediation.runbooks"
PORTS = "with ports from 1 to 65535"
PORT = "with a port from 1 to 65535"


def window(schedule: str = "0 2 * * SUN", minutes: int = 60, reason: str = "new disks") -> list[Json]:
    """Return one maintenance window."""
    return [{"schedule": schedule, "durationMinutes": minutes, "reason": reason}]


def event(schedule: str = "0 18 31 12 *", **changed: Any) -> list[Json]:
    """Return one scheduled event."""
    return [{"schedule": schedule, "durationMinutes": 60, "replicas": 4, "reason": "new year"} | changed]


WINDOWS = "spec.maintenanceWindows"
EVENTS = "spec.workers.fanout.scheduledEvents"
BAD: tuple[Bad, ...] = (
    Bad("metadata.name", "a" * 41, "choose a name of at most 40 characters"),
    Bad("metadata.name", "1demo", "choose a name of lower-case letters, digits and '-' that begins with a letter"),
    Bad("metadata.name", "de.mo", "choose a name of lower-case letters, digits and '-' that begins with a letter"),
    Bad("spec.image.repository", "localhost/photoplatform:1", "write the repository alone and its tag"),
    Bad("spec.image.tag", "la test", "write a tag of letters, digits"),
    Bad("spec.image.pullPolicy", "Sometimes", 'supported values: "Always", "IfNotPresent", "Never"'),
    Bad(f"{KAFKA}.bootstrapServers", "kafka", f"without a scheme or spaces and {PORTS}"),
    Bad(f"{KAFKA}.bootstrapServers", "tcp://kafka:9092", f"without a scheme or spaces and {PORTS}"),
    Bad(f"{KAFKA}.bootstrapServers", "kafka:9092, other:9092", f"without a scheme or spaces and {PORTS}"),
    Bad(f"{KAFKA}.bootstrapServers", "kafka:99999", f"without a scheme or spaces and {PORTS}"),
    Bad(f"{KAFKA}.prefix", "demo", "end a prefix with '.' or '-'"),
    Bad(f"{KAFKA}.prefix", "Demo.", "end a prefix with '.' or '-'"),
    Bad(f"{KAFKA}.prefix", "other.", "prefix cannot change", before="demo."),
    Bad(f"{KAFKA}.partitionDivisor", 17, "write a partitionDivisor from 1 to 16"),
    Bad(f"{KAFKA}.partitionDivisor", 3, "write a partitionDivisor of 1, 2, 4, 8 or 16"),
    Bad(f"{KAFKA}.partitionDivisor", 8, "partitionDivisor cannot change", before=4),
    Bad(f"{KAFKA}.secretRef", None, "write secretRef: {name: photo-kafka}"),
    Bad(f"{KAFKA}.secretRef.name", "Photo_Kafka", "write the name of a Secret"),
    Bad(f"{REDIS}.nodes", [], "name at least one address, for example redis"),
    Bad(
        f"{REDIS}.nodes", ["redis://redis:6379"], f"write each address as host or host:port without a scheme and {PORT}"
    ),
    Bad(f"{REDIS}.nodes", ["redis:0"], "for example redis.engines.svc:6379"),
    Bad(f"{REDIS}.nodes", ["redis:6379", "redis:6379"], "name each address once"),
    Bad(f"{REDIS}.keyPrefix", "de mo", "use only letters, digits"),
    Bad(f"{REDIS}.keyPrefix", "b:", "keyPrefix cannot change", before="a:"),
    Bad(f"{REDIS}.secretRef", None, "write secretRef: {name: photo-redis}"),
    Bad(f"{CASSANDRA}.hosts", [], "name at least one address, for example cassandra"),
    Bad(f"{CASSANDRA}.hosts", ["-cassandra"], "for example cassandra.engines.svc:9042"),
    Bad(f"{CASSANDRA}.keyspace", "Photo-Platform", "write a keyspace of lower-case letters"),
    Bad(f"{CASSANDRA}.keyspace", "other", "keyspace cannot change", before="photoplatform"),
    Bad(f"{CASSANDRA}.secretRef", None, "write secretRef: {name: photo-cassandra}"),
    Bad("spec.engines.postgres.secretRef", None, "write secretRef: {name: photo-postgres}"),
    Bad(f"{STORE}.secretRef", None, "write secretRef: {name: photo-object-storage}"),
    Bad(f"{STORE}.endpoint", "s3.engines.svc:7070", "write endpoint as http://host:port or https://host"),
    Bad(f"{STORE}.publicEndpoint", "http://photos.example/store", "write publicEndpoint as http://host:port"),
    Bad(f"{STORE}.publicEndpoint", "http://photos.example:80000", "write publicEndpoint as http://host:port"),
    Bad(f"{STORE}.buckets.videos", "v", "write a bucket name of 3 to 63"),
    Bad(f"{STORE}.buckets.videos", "10.0.0.1", "write a bucket name without two dots in a row"),
    Bad(f"{STORE}.buckets.videos", "photo..videos", "write a bucket name without two dots in a row"),
    Bad(f"{STORE}.buckets.original", "optimized", "give original a bucket of its own"),
    Bad(f"{STORE}.buckets", {"original": "others"}, "buckets cannot change", before={"original": "original"}),
    Bad("spec.engines.search", {"nodes": ["search:9200"]}, "leave search out: no component uses it yet"),
    Bad("spec.engines.analytics", {"endpoint": "x"}, "leave analytics out: no component uses it yet"),
    Bad("spec.api.replicas", {"min": 5, "max": 2}, "min must not exceed max: raise max or lower min"),
    Bad("spec.api.replicas.min", 0, "write a min from 1 to 1000"),
    Bad("spec.api.replicas.max", 1001, "write a max from 1 to 1000"),
    Bad("spec.api.rateLimits.requestsPerSecondPerAccount", 0, "write a requestsPerSecondPerAccount from 1 to 100000"),
    Bad("spec.api.service", {"nodePort": 30080}, "write type: NodePort together with nodePort"),
    Bad("spec.api.service.nodePort", 8080, "write a nodePort from 30000 to 32767"),
    Bad("spec.api.service.type", "LoadBalancer", 'supported values: "ClusterIP", "NodePort"'),
    Bad("spec.api.resources", {"requests": {"cpu": "2"}, "limits": {"cpu": "500m"}}, "requests must not exceed limits"),
    Bad("spec.api.resources.requests", {"gpu": 1}, "name only cpu, memory or ephemeral-storage under requests"),
    Bad("spec.api.resources.requests", {"memory": "much"}, "write each of requests as a quantity above 0"),
    Bad("spec.api.resources.limits", {"gpu": 1}, "name only cpu, memory or ephemeral-storage under limits"),
    Bad("spec.api.resources.limits", {"cpu": "-1"}, "write each of limits as a quantity above 0"),
    Bad(f"{FANOUT}.drainTargetSeconds", 0, "write a drainTargetSeconds from 1 to 3600"),
    Bad(EVENTS, event("@daily"), "write schedule as five cron fields in UTC"),
    Bad(EVENTS, event("0 6-2 * * *"), "write ranges in schedule in ascending order"),
    Bad(EVENTS, event(replicas=0), "write replicas from 1 to 1000"),
    Bad(EVENTS, event(durationMinutes=0), "write a durationMinutes from 1 to 10080"),
    Bad(EVENTS, event(reason=" "), "say what happens then"),
    Bad("spec.workers.imageEncode.drainTargetSeconds", 0, "write a drainTargetSeconds from 1 to 3600"),
    Bad(f"{FANOUT}.replicas.min", "two", "must be of type integer"),
    Bad(f"{FEED}.mode", "Pushed", 'supported values: "Auto", "Push", "Pull"'),
    Bad(f"{FEED}.celebrityThreshold", 0, "write a celebrityThreshold from 1 to 100000000"),
    Bad(f"{FEED}.cap", 99, "write a cap from 100 to 5000"),
    Bad(f"{FEED}.inactiveAfterDays", 0, "write an inactiveAfterDays from 1 to 3650"),
    Bad(f"{FEED}.skipFanoutAfter", "soon", "write skipFanoutAfter as a duration of at least a second"),
    Bad(f"{FEED}.skipFanoutAfter", "0s", "write skipFanoutAfter as a duration of at least a second"),
    Bad(f"{FEED}.rebuildsPerSecond", 0, "write a rebuildsPerSecond from 1 to 100000"),
    Bad("spec.media.maxPhotoBytes", 1, "write a maxPhotoBytes from 1024 to 104857600"),
    Bad("spec.media.maxVideoBytes", 1, "write a maxVideoBytes from 1024 to 10737418240"),
    Bad("spec.remediation.mode", "Sometimes", 'supported values: "Automatic", "Approval", "DryRun", "Off"'),
    Bad(RUNBOOKS, [{"alert": "feedCacheDown", "mode": "Off"}], "write the name of an alert as its rule does"),
    Bad(RUNBOOKS, [{"alert": "FeedCacheDown", "mode": "Off"}] * 2, "Duplicate value"),
    Bad(RUNBOOKS, [{"alert": "FeedCacheDown"}], "mode: Required value"),
    Bad("spec.degradedLevel", 5, "write a degradedLevel from 0, everything is served, to 4"),
    Bad("spec.pauseRequests", [{"reason": " "}], "say who pauses the platform and why"),
    Bad("spec.pauseRequests", [{}], "reason: Required value"),
    Bad(WINDOWS, window("@daily"), "write schedule as five cron fields in UTC"),
    Bad(WINDOWS, window("0  2 * * SUN"), "write schedule as five cron fields in UTC"),
    Bad(WINDOWS, window("60 2 * * SUN"), "write the minute, the first field of schedule"),
    Bad(WINDOWS, window("0 24 * * SUN"), "write the hour, the second field of schedule"),
    Bad(WINDOWS, window("0 2 32 * *"), "write the day of the month, the third field of schedule"),
    Bad(WINDOWS, window("0 2 * 13 *"), "write the month, the fourth field of schedule"),
    Bad(WINDOWS, window("0 2 * * SONNTAG"), "write the day of the week, the fifth field of schedule"),
    Bad(WINDOWS, window("0 6-2 * * *"), "write ranges in schedule in ascending order"),
    Bad(WINDOWS, window("0 2 * * FRI-MON"), "write ranges of days in schedule from Sunday on"),
    Bad(WINDOWS, window("0 2 31 2 *"), "write L for the last day of a month"),
    Bad(WINDOWS, window("0 2 */20 * 0#2"), "write * as the day of the month together with a weekday"),
    Bad(WINDOWS, window(minutes=0), "write a durationMinutes from 1 to 10080"),
    Bad(WINDOWS, window(reason=" "), "say what is done in the window"),
)
# schedules that people write, and that must pass
GOOD_SCHEDULES = (
    "0 2 * * SUN",
    "*/15 * * * *",
    "30 1-5 1,15 * MON-FRI",
    "0 0 L * *",
    "5 4 * JAN,JUL 1#2,FRI",
    "0 22 * * 6,0",
)


def changed(manifest: Json, path: str, value: Any) -> Json:
    """Return a manifest with one field set, or left out where the value is None."""
    head, _, rest = path.partition(".")
    if rest:
        return manifest | {head: changed(manifest.get(head, {}), rest, value)}
    return {key: found for key, found in manifest.items() if key != head} | ({} if value is None else {head: value})
