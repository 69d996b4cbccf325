from argon2 import PasswordHasher

from photo_app.authentication.passwords import MEMORY_KIB, NOBODYS_HASH, PASSES, Passwords


async def test_a_password_fits_its_own_hash_only() -> None:
    passwords = Passwords()
    stored = await passwords.hash("correct horse")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "Correct horse")


async def test_an_unknown_user_is_verified_at_the_same_cost_and_never_fits() -> None:
    assert not await Passwords().verify(None, "correct horse")
    hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
    assert not hasher.check_needs_rehash(NOBODYS_HASH)


async def test_what_is_no_hash_fits_nothing() -> None:
    assert not await Passwords().verify("not a hash", "correct horse")
