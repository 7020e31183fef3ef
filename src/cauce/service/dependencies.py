"""What routes are handed."""

from typing import TYPE_CHECKING

from fastapi import Request

if TYPE_CHECKING:
    from cauce.service.app import Office


def office_of(request: Request) -> "Office":
    """The application's desk, queue and measurements."""
    office: Office = request.app.state.office
    return office
