"""How endpoints answer with a page of people."""

from starlette.responses import Response

from photo_app.answers import answer
from photo_app.dependencies import Services
from photo_app.paging import Page, PageRequest, next_link
from photo_core.domain.accounts import Account


def listed(services: Services, request: PageRequest, found: tuple[Page, list[Account]]) -> Response:
    """Return a page of people as JSON."""
    page, accounts = found
    next_cursor = page.next_cursor(services.cursors)
    return answer(services.people.views.page(accounts, next_cursor), headers=next_link(request, next_cursor))
