import msgspec

from bench.load import build_attack

REPORT = {
    "latencies": {"mean": 2_000_000, "50th": 1_500_000, "95th": 3_000_000, "99th": 4_000_000, "max": 9_000_000},
    "requests": 10,
    "rate": 5.1,
    "throughput": 4.5,
    "status_codes": {"200": 9, "503": 1},
}


def test_times_are_milliseconds_and_everything_but_200_has_failed() -> None:
    attack = build_attack(msgspec.json.encode(REPORT))
    assert (attack.p50_ms, attack.p99_ms, attack.max_ms) == (1.5, 4.0, 9.0)
    assert (attack.requests, attack.failed, attack.per_second) == (10, 1, 4.5)
