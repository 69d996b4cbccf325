"""What happens in the stories that the model of the feed tells, by name, and what happens often.

Used by the model alone, whose state machine each of them is given.
"""

from collections.abc import Callable
from typing import Any

from photo_core.messages.topics import Group

Event = Callable[[Any, int, int], object]
OFTEN = (
    "read",
    "read elsewhere",
    "post and deliver",
    "post and leave",
    "many posts",
    "post",
    "delete and read",
    "follow",
    "unfollow",
)
AMID_A_REBUILD = ("post and deliver", "many posts", "fail over", "evict", "trim", "read", "read elsewhere", "follow")
# by name, so that a failing story can be read; each is given who reads and who posts
EVENTS: dict[str, Event] = {
    "read": lambda feeds, viewer, _: feeds.begin_to_walk(viewer, 1),
    "read elsewhere": lambda feeds, viewer, _: feeds.begin_to_walk(viewer, 0),
    "read by pull": lambda feeds, viewer, _: feeds.read_by_pull(viewer),
    "post": lambda feeds, _, author: feeds.stepper.start(feeds.posting(author, 0)),
    "post and deliver": lambda feeds, _, author: feeds.arrive(author, 1),
    "post and leave": lambda feeds, _, author: feeds.leave(author),
    "many posts": lambda feeds, _, author: feeds.arrive(author, feeds.world.platform.limits.cap + 1),
    "plan": lambda feeds, _, author: feeds.begin_work(Group.FANOUT_PLANNER, author, 2),
    "deliver": lambda feeds, viewer, _: feeds.begin_work(Group.FANOUT_WORKERS, viewer, 2),
    "rebuild eagerly": lambda feeds, *_: feeds.rebuild_eagerly(),
    "delete and read": lambda feeds, viewer, author: feeds.delete_and_read(viewer, author),
    "delete": lambda feeds, _, author: feeds.delete_newest(author),
    "unfollow": lambda feeds, viewer, author: feeds.change("unfollow", viewer, author),
    "follow": lambda feeds, viewer, author: feeds.change("follow", viewer, author),
    "mute": lambda feeds, viewer, author: feeds.change("mute", viewer, author),
    "unmute": lambda feeds, viewer, author: feeds.change("unmute", viewer, author),
    "block": lambda feeds, viewer, author: feeds.change("block", viewer, author),
    "like": lambda feeds, viewer, author: feeds.like_newest(viewer, author, liked=True),
    "unlike": lambda feeds, viewer, author: feeds.like_newest(viewer, author, liked=False),
    "count": lambda feeds, *_: feeds.stepper.run_freely(feeds.world.work_off(Group.INTERACTION_COUNTER)),
    "count again": lambda feeds, *_: feeds.repeat_messages(Group.INTERACTION_COUNTER, 3),
    "cut off from redis": lambda feeds, *_: feeds.cut_off(0),
    "delete while cut off": lambda feeds, viewer, author: feeds.delete_cut_off(viewer, author),
    "post while cut off": lambda feeds, _, author: feeds.post_cut_off(author),
    "probe": lambda feeds, *_: feeds.probe(0),
    "evict": lambda feeds, viewer, _: feeds.engines.feeds.evict(feeds.user(viewer)),
    "trim": lambda feeds, viewer, _: feeds.engines.feeds.trim(feeds.user(viewer)),
    "fail over": lambda feeds, viewer, _: feeds.engines.fail_redis_over(feeds.user(viewer), 1),
    "time runs out": lambda feeds, *_: feeds.time_runs_out(0.6),
    "restart a pod": lambda feeds, *_: feeds.restart_a_pod(1),
    "stop redis": lambda feeds, *_: feeds.engines.turn_redis(on=False),
    "start redis": lambda feeds, *_: feeds.engines.turn_redis(on=True),
    "stop postgres": lambda feeds, *_: feeds.engines.turn_postgres(on=False),
    "stop cassandra": lambda feeds, *_: feeds.engines.turn_cassandra(on=False),
    "start": lambda feeds, *_: feeds.engines.heal(),
}
