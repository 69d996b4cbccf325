from bench.scaling.peers.keda import Fallback, ScaledObject, Trigger
from bench.scaling.peers.keda_hpa import KedaHpa, KedaSettings
from bench.scaling.scaler import Offsets, ScalerInputs, Worked


def keda(scaled: ScaledObject, trigger: Trigger | None = None) -> KedaHpa:
    return KedaHpa(KedaSettings("KEDA", trigger or Trigger(), scaled))


def seen(now: float, replicas: int, lag: int | None) -> ScalerInputs:
    offsets = None if lag is None else Offsets((1000 + lag,), (1000,), (0.0,))
    return ScalerInputs(now, offsets, 0.0, replicas, replicas, (), Worked(), 0.005)


def test_every_fifteen_seconds_the_hpa_follows_the_lag_of_that_moment() -> None:
    decision = keda(ScaledObject(1, 32), Trigger(allow_idle_consumers=True)).poll(seen(0, 2, 60))
    assert (decision.replicas, decision.next_check_seconds) == (6, 15.0)


def test_from_none_the_first_comes_with_a_poll_of_activity() -> None:
    peer = keda(ScaledObject(0, 32))
    assert peer.poll(seen(0, 0, 0)).replicas == 0
    assert peer.poll(seen(15, 0, 5)).replicas == 0  # the next poll is after thirty seconds
    assert peer.poll(seen(30, 0, 5)).replicas == 1


def test_a_lag_below_its_activation_starts_nothing() -> None:
    peer = keda(ScaledObject(0, 32), Trigger(activation_lag_threshold=5))
    assert peer.poll(seen(0, 0, 5)).replicas == 0
    assert peer.poll(seen(30, 0, 6)).replicas == 1


def test_to_none_it_goes_after_the_cooldown() -> None:
    peer = keda(ScaledObject(0, 32, cooldown_seconds=60))
    found = [peer.poll(seen(now, 1, 5 if now == 0 else 0)).replicas for now in range(0, 121, 15)]
    assert found == [1, 1, 1, 1, 1, 1, 0, 1, 0]


def test_without_offsets_nothing_moves_until_the_fallback_does() -> None:
    peer = keda(ScaledObject(1, 32, fallback=Fallback(2, 8)))
    assert [peer.poll(seen(now, 4, None)).replicas for now in (0, 15, 30)] == [4, 4, 8]


def test_polls_hurry_the_fallback_once_the_hpa_got_an_error() -> None:
    peer = keda(ScaledObject(1, 32, fallback=Fallback(3, 8)))
    syncs = (0, 15, 30, 45)  # the poll at 0 takes what the HPA was told; the one at 30 is the third failure
    assert [peer.poll(seen(now, 4, None)).replicas for now in syncs] == [4, 4, 8, 8]


def test_what_falls_back_is_active_so_that_the_first_comes() -> None:
    peer = keda(ScaledObject(0, 32, fallback=Fallback(1, 8)))
    assert [peer.poll(seen(now, 0, None)).replicas for now in (0, 15)] == [0, 0]
    assert peer.poll(seen(30, 0, None)).replicas == 5  # one by the poll, four by the sync of the same moment


def test_stale_or_absurd_offsets_are_taken_at_their_word() -> None:
    peer = keda(ScaledObject(1, 32), Trigger(allow_idle_consumers=True))
    assert peer.poll(seen(0, 20, 10**9)).replicas == 32
