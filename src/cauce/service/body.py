"""What a request carries: a raw body, or the files of a multipart form."""

from fastapi import Request
from starlette.datastructures import UploadFile

from cauce.domain.errors import InputError

_MAXIMUM_FILES = 2000

BODY_DOCUMENTATION = {
    "requestBody": {
        "required": True,
        "description": "One study: a DICOM file, a zip archive of DICOM files, or one PNG, JPEG or TIFF image.",
        "content": {
            "application/dicom": {"schema": {"type": "string", "format": "binary"}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
        },
    }
}
"""For OpenAPI: FastAPI cannot see a body that is read by hand."""


async def read_bodies(request: Request) -> list[bytes]:
    """The body, or each file of a form. Their size was limited on the way in.

    Raises:
        InputError: nothing was sent.
    """
    if not request.headers.get("content-type", "").startswith("multipart/"):
        bodies = [await request.body()]
    else:
        async with request.form(max_files=_MAXIMUM_FILES, max_fields=16) as form:
            bodies = [await item.read() for _, item in form.multi_items() if isinstance(item, UploadFile)]
    if not any(bodies):
        raise InputError("nothing was sent", expected="a DICOM file, a zip archive of one study, or a PNG or JPEG image",
                         remedy="Send it as the request's body or as the files of a form.")
    return bodies
