from dataclasses import replace

import pytest

from photo_app.http.problems import Problem, ProblemType
from photo_app.users.schemas import ProfilePatch
from photo_app.users.service import Profiles
from photo_app.visibility import Visibility
from photo_core.domain.accounts import Account, NewAccount, ProfileChange
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.fakes.accounts import FakeAccounts
from photo_core.ports.media_uses import MediaUses
from tests.support.api import fake_ports

OWNER, MEDIA = 1, 7


class PurgedMeanwhile(FakeAccounts):
    """Accounts whose pictures' media are closed at the moment in which the profile changes."""

    def __init__(self, media_uses: MediaUses) -> None:
        super().__init__()
        self._media_uses = media_uses

    async def change_profile(self, user_id: int, change: ProfileChange) -> Account | None:
        changed = await super().change_profile(user_id, change)
        await self._media_uses.close(MEDIA, 0)
        return changed


async def test_a_media_that_is_purged_meanwhile_makes_no_picture() -> None:
    ports = fake_ports().ports
    accounts = PurgedMeanwhile(ports.media_uses)
    profiles = Profiles(replace(ports, accounts=accounts), Visibility(ports.follows))
    await accounts.create(NewAccount(OWNER, "ada", ""))
    variants = (Variant("thumbnail", 1, 1, "image/webp", 1, "7/thumbnail.webp"),)
    await ports.media.save(Media(MEDIA, OWNER, "image/jpeg", 1, "o/7", 0, MediaState.READY, variants=variants))
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            await profiles.change(OWNER, ProfilePatch(avatar_media_id=str(MEDIA)))
        assert caught.value.kind is ProblemType.MEDIA_NOT_USABLE
        assert (await accounts.get_many([OWNER]))[OWNER].avatar_key is None
