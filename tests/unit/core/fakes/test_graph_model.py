"""Any interleaving of follows, requests, blocks, mutes and privacy, against an oracle of plain sets.

The contract suites show that the stores do as the fakes; this shows that what they do is right in every order.
"""

import asyncio
from itertools import permutations, product

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from photo_core.domain.accounts import FollowGraph, NewAccount
from photo_core.domain.visibility import may_see_posts_of, stands_in_feed
from photo_core.errors import Refused
from photo_core.fakes.accounts import FakeAccounts
from tests.support.graphs import fake_graph

PEOPLE = range(1, 5)
pairs = st.sampled_from(list(permutations(PEOPLE, 2)))


class Graphs(RuleBasedStateMachine):
    """Four people."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.run = self.runner.run
        self.graph = fake_graph(FakeAccounts())
        self.follows: set[tuple[int, int]] = set()
        self.requests: set[tuple[int, int]] = set()
        self.blocks: set[tuple[int, int]] = set()
        self.mutes: set[tuple[int, int]] = set()
        self.private: set[int] = set()
        self.known = {person: FollowGraph(person, 0, frozenset()) for person in PEOPLE}

    @initialize()
    def register(self) -> None:
        for person in PEOPLE:
            self.run(self.graph.accounts.create(NewAccount(person, f"user{person}", "")))

    @rule(pair=pairs)
    def follow(self, pair: tuple[int, int]) -> None:
        if pair in self.blocks or pair[::-1] in self.blocks:
            try:
                self.run(self.graph.follows.follow(*pair))
            except Refused:
                return
            raise AssertionError("followed across a block")
        if pair not in self.follows:
            (self.requests if pair[1] in self.private else self.follows).add(pair)
        told = self.run(self.graph.follows.follow(*pair))
        assert told is not None
        assert (told.following, told.requested) == (pair in self.follows, pair in self.requests)
        self.check(told.changes)

    @rule(pair=pairs)
    def unfollow(self, pair: tuple[int, int]) -> None:
        self.follows.discard(pair)
        self.requests.discard(pair)
        told = self.run(self.graph.follows.unfollow(*pair))
        assert told is not None
        self.check(told.changes)

    @rule(pair=pairs)
    def accept(self, pair: tuple[int, int]) -> None:
        if pair in self.requests:
            self.requests.remove(pair)
            self.follows.add(pair)
        told = self.run(self.graph.requests.accept(pair[1], pair[0]))
        assert told is not None
        self.check(told.changes)

    @rule(pair=pairs)
    def decline(self, pair: tuple[int, int]) -> None:
        self.requests.discard(pair)
        self.run(self.graph.requests.decline(pair[1], pair[0]))

    @rule(owner=st.sampled_from(PEOPLE))
    def make_private(self, owner: int) -> None:
        self.private.add(owner)
        self.run(self.graph.requests.make_private(owner))

    @rule(owner=st.sampled_from(PEOPLE))
    def make_public(self, owner: int) -> None:
        self.private.discard(owner)
        accepted = {pair for pair in self.requests if pair[1] == owner}
        self.requests -= accepted
        self.follows |= accepted
        self.run(self.graph.requests.make_public(owner))

    @rule(pair=pairs)
    def block(self, pair: tuple[int, int]) -> None:
        self.blocks.add(pair)
        for either in (pair, pair[::-1]):
            self.follows.discard(either)
            self.requests.discard(either)
        self.check(self.run(self.graph.restrictions.block(*pair)))

    @rule(pair=pairs)
    def unblock(self, pair: tuple[int, int]) -> None:
        self.blocks.discard(pair)
        self.run(self.graph.restrictions.unblock(*pair))

    @rule(pair=pairs)
    def mute(self, pair: tuple[int, int]) -> None:
        self.mutes.add(pair)
        self.check(self.run(self.graph.restrictions.mute(*pair)))

    @rule(pair=pairs)
    def unmute(self, pair: tuple[int, int]) -> None:
        self.mutes.discard(pair)
        self.check(self.run(self.graph.restrictions.unmute(*pair)))

    def check(self, changes: tuple[FollowGraph, ...] | None) -> None:
        """Require that a change returns the graph of now, one version above the one before it."""
        assert changes is not None
        for change in changes:
            assert change.version == self.known[change.viewer_id].version + 1
            assert self.run(self.graph.follows.graph(change.viewer_id)) == change

    @invariant()
    def a_version_has_one_set_of_followees(self) -> None:
        for viewer, known in self.known.items():
            graph = self.run(self.graph.follows.graph(viewer))
            assert graph == known or graph.version > known.version
            self.known[viewer] = graph

    @invariant()
    def feeds_surfaces_and_counts_tell_the_same(self) -> None:
        for viewer, author in product(PEOPLE, repeat=2):
            graph = self.run(self.graph.follows.graph(viewer))
            relation = self.run(self.graph.follows.relation(viewer, author))
            pair = (viewer, author)
            assert relation is not None
            assert stands_in_feed(author, graph) == (viewer == author or pair in self.follows - self.mutes)
            assert may_see_posts_of(relation) or not stands_in_feed(author, graph)
            assert relation.blocked == bool({pair, pair[::-1]} & self.blocks)
        for person in PEOPLE:
            counted = (sum(pair[1] == person for pair in self.follows), sum(pair[0] == person for pair in self.follows))
            assert self.run(self.graph.counts(person)) == counted

    def teardown(self) -> None:
        self.runner.close()


TestGraphs = Graphs.TestCase
TestGraphs.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
