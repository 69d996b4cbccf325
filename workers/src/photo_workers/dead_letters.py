"""Puts dead letters back once their cause is fixed.

Called by `photo-workers replay-dead-letters`. They go to the retry topic of the group that gave up on them: other
groups of the same topic have handled them already.
"""

from photo_core.messages.topics import Group, Topic, retry_topic
from photo_core.ports.events import DeadLetters, EventPublisher
from photo_workers.outcomes import build_replay

AT_ONCE = 500


async def replay(
    dead_letters: DeadLetters, publisher: EventPublisher, subscription: tuple[Topic, Group], limit: int
) -> int:
    """Put back at most `limit` messages and return how many; interrupted, some may be put back twice."""
    replayed = 0
    while replayed < limit:
        letters = await dead_letters.read(min(AT_ONCE, limit - replayed))
        if not letters:
            break
        await publisher.publish([build_replay(letter, retry_topic(*subscription)) for letter in letters])
        await dead_letters.mark_replayed(letters)
        replayed += len(letters)
    return replayed
