"""Tokens while the signing key is rotated: nobody is logged out, and whom the old key served is served no longer."""

from itertools import pairwise

from photo_app.authentication.tokens import Tokens
from photo_core.fakes.clock import FakeClock

OLD, NEW = "o" * 40, "n" * 40


def test_in_each_step_of_a_rotation_pods_of_the_step_before_understand_each_other() -> None:
    clock = FakeClock()
    steps = [Tokens(OLD, clock), Tokens(OLD, clock, [NEW]), Tokens(NEW, clock, [OLD]), Tokens(NEW, clock)]
    for earlier, later in pairwise(steps[:3]):
        for issuer, verifier in ((earlier, later), (later, earlier)):
            token, viewer = issuer.issue(1, "ada", "s")
            assert verifier.verify(token) == viewer


def test_a_key_that_was_taken_out_serves_nobody() -> None:
    clock = FakeClock()
    token, _ = Tokens(OLD, clock).issue(1, "ada", "s")
    assert Tokens(NEW, clock, [OLD]).verify(token) is not None
    assert Tokens(NEW, clock).verify(token) is None
