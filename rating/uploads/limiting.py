"""Stops reading a request whose files are too large, before they are anywhere."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


def largest() -> int:
    """The most bytes that a file may have."""
    return int(settings.UPLOAD_MEBIBYTES) * 2**20


class Limit(FileUploadHandler):
    """The first of Django's upload handlers. What is too large is read to its end and thrown away, so that the page can
    say so; the form finds `upload_is_too_large` on its request."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > largest():
            setattr(self.request, TOO_LARGE, True)
            raise StopUpload
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """It keeps no file; the next handler does."""
        return


#: What a request is marked with.
TOO_LARGE = "upload_is_too_large"
