"""GET /v1/operations/{id}: the receipt of a deletion."""

from photo_core.domain.operations import SURFACES, OperationKind, Surface, SurfaceEnd, SurfaceState
from tests.support.api import Api, Person, problem


async def deletion(api: Api, author: Person) -> str:
    """Delete a post and return the id of the operation."""
    post = await api.post_of(author)
    operation_id: str = (await api.http.delete(f"/v1/posts/{post['post_id']}", headers=author.headers)).json()[
        "operation_id"
    ]
    return operation_id


async def test_an_operation_begins_with_every_surface_pending(api: Api) -> None:
    ada = await api.person("ada")
    operation_id = await deletion(api, ada)
    answered = await api.http.get(f"/v1/operations/{operation_id}", headers=ada.headers)
    assert answered.json() == {
        "operation_id": operation_id,
        "kind": "delete-post",
        "state": "RUNNING",
        "progress": 0,
        "started_at": "2026-01-01T00:00:00.000Z",
        "surfaces": {
            name: {"state": "PENDING"} for name in ("timeline", "caches", "interactions", "media_objects", "edge")
        },
    }


async def test_it_shows_when_each_surface_was_cleared_and_is_done_with_the_last(api: Api) -> None:
    ada = await api.person("ada")
    operation_id = await deletion(api, ada)
    operations, cleared_at = api.fakes.ports.operations, "2026-01-01T00:00:02.000Z"
    end = SurfaceEnd(SurfaceState.CLEARED, api.fakes.clock.now_ms() + 2000)
    await operations.end_surface(int(operation_id), Surface.TIMELINE, end)
    running = (await api.http.get(f"/v1/operations/{operation_id}", headers=ada.headers)).json()
    assert (running["state"], running["progress"]) == ("RUNNING", 20)
    assert running["surfaces"]["timeline"] == {"state": "CLEARED", "cleared_at": cleared_at}
    for surface in SURFACES[OperationKind.DELETE_POST]:
        await operations.end_surface(int(operation_id), surface, end)
    done = (await api.http.get(f"/v1/operations/{operation_id}", headers=ada.headers)).json()
    assert (done["state"], done["progress"]) == ("DONE", 100)
    assert {view["cleared_at"] for view in done["surfaces"].values()} == {cleared_at}


async def test_an_operation_is_shown_to_who_began_it_alone(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    kept = await api.post_of(ada)
    operation_id = await deletion(api, ada)
    assert problem(await api.http.get(f"/v1/operations/{operation_id}", headers=bob.headers)) == "not-found"
    for other in (kept["post_id"], "17"):
        assert problem(await api.http.get(f"/v1/operations/{other}", headers=ada.headers)) == "not-found"
