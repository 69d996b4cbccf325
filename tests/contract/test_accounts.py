"""What every Accounts, RevokedSessions and WorkerIdLeases does."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from photo_core.domain.accounts import Account, Avatar, NewAccount, ProfileChange
from photo_core.errors import Conflict
from photo_core.fakes.accounts import FakeAccounts, FakeRevokedSessions, FakeWorkerIdLeases
from photo_core.fakes.clock import FakeClock
from photo_core.ports.accounts import Accounts, RevokedSessions, WorkerIdLeases
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.sessions import PostgresRevokedSessions
from photo_core.stores.postgres.worker_ids import PostgresWorkerIdLeases
from tests.support.engines import postgres


@dataclass(frozen=True)
class People:
    accounts: Accounts
    revoked: RevokedSessions
    leases: WorkerIdLeases


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def people(request: pytest.FixtureRequest) -> AsyncIterator[People]:
    if request.param == "fake":
        yield People(FakeAccounts(), FakeRevokedSessions(), FakeWorkerIdLeases(FakeClock()))
        return
    async with postgres() as pool:
        yield People(PostgresAccounts(pool), PostgresRevokedSessions(pool), PostgresWorkerIdLeases(pool))


def new_account(**changes: str) -> NewAccount:
    user_id = secrets.randbits(62)
    values = {"username": f"u{secrets.token_hex(12)}", "password_hash": "$argon2id$x", "full_name": "Ada", **changes}
    return NewAccount(user_id=user_id, **values)


async def test_a_new_account_has_no_followers_and_can_be_read(people: People) -> None:
    new = new_account()
    created = await people.accounts.create(new)
    assert created == Account(new.user_id, new.username, "Ada")
    assert await people.accounts.get_many([new.user_id, 1]) == {new.user_id: created}


async def test_a_user_name_is_given_once(people: People) -> None:
    taken = new_account()
    await people.accounts.create(taken)
    with pytest.raises(Conflict):
        await people.accounts.create(new_account(username=taken.username))


async def test_credentials_are_found_by_user_name(people: People) -> None:
    new = new_account(password_hash="$argon2id$secret")
    account = await people.accounts.create(new)
    assert await people.accounts.credentials(new.username) == (account, "$argon2id$secret")
    assert await people.accounts.credentials("nobody_of_that_name_at_all") is None


async def test_a_profile_changes_in_the_given_fields_only(people: People) -> None:
    new = new_account()
    await people.accounts.create(new)
    changed = await people.accounts.change_profile(new.user_id, ProfileChange(bio="likes light 📷"))
    assert changed == Account(new.user_id, new.username, "Ada", "likes light 📷")
    emptied = await people.accounts.change_profile(new.user_id, ProfileChange(full_name=""))
    assert emptied == Account(new.user_id, new.username, "", "likes light 📷")


async def test_a_picture_stays_until_another_takes_its_place_or_its_media_goes(people: People) -> None:
    new = new_account()
    await people.accounts.create(new)
    for media_id in (8, 9):
        change = ProfileChange(avatar=Avatar(media_id, f"{media_id}/thumbnail.webp"))
        changed = await people.accounts.change_profile(new.user_id, change)
        assert changed == Account(new.user_id, new.username, "Ada", avatar_key=f"{media_id}/thumbnail.webp")
    await people.accounts.drop_avatar(new.user_id, 8)
    assert await people.accounts.get_many([new.user_id]) == {new.user_id: changed}
    await people.accounts.drop_avatar(new.user_id, 9)
    assert await people.accounts.get_many([new.user_id]) == {new.user_id: Account(new.user_id, new.username, "Ada")}


async def test_nobodys_profile_cannot_change(people: People) -> None:
    assert await people.accounts.change_profile(secrets.randbits(62), ProfileChange(bio="x")) is None


async def test_a_revoked_session_is_listed_until_its_token_expires(people: People) -> None:
    session, now_ms = secrets.token_hex(16), 4_000_000_000_000
    await people.revoked.revoke(session, now_ms + 1000)
    await people.revoked.revoke(session, now_ms + 1000)
    assert session in await people.revoked.all_live(now_ms)
    assert session not in await people.revoked.all_live(now_ms + 1000)


async def test_a_holder_keeps_its_number_and_shares_it_with_nobody(people: People) -> None:
    holders = [secrets.token_hex(8) for _ in range(3)]
    numbers = [await people.leases.lease(holder) for holder in holders]
    assert len(set(numbers)) == 3
    assert [await people.leases.lease(holder) for holder in holders] == numbers
