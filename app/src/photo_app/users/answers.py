"""How endpoints answer with a page of people."""

from starlette.responses import Response

from photo_app.answers import answer
from photo_app.dependencies import Services
from photo_app.paging import Page
from photo_core.domain.accounts import Account


def listed(services: Services, page: Page, accounts: list[Account]) -> Response:
    """Return a page of people as JSON."""
    return answer(services.people.views.page(accounts, page.next_cursor(services.cursors)))
