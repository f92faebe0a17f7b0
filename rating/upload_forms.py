"""What people say of a file that they hand in."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rating import uploads
from rating.models import Upload


class UploadForm(forms.Form):
    """A file; what it is, subclasses say."""

    kind: Upload.Kind

    file = forms.FileField(label=gettext_lazy("File"), widget=forms.FileInput({"accept": ".csv,text/csv"}))

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        """`too_large`: the request had a file that was not read to its end."""
        super().__init__(*args, **kwargs)
        self._too_large = too_large
        self.fields["file"].help_text = _("At most %(size)s MiB.") % {"size": self._mebibytes}

    @property
    def _mebibytes(self) -> int:
        return uploads.largest() // 2**20

    def clean(self) -> dict[str, Any]:
        if self._too_large:
            self.errors.pop("file", None)
            self.refuse_large()
        return super().clean() or self.cleaned_data

    def refuse_large(self) -> None:
        """Say that the file is too large, and what to do."""
        said = _("The file is larger than %(size)s MiB. Divide it, for example by month, and upload the parts.")
        self.add_error("file", said % {"size": self._mebibytes})

    def refuse_many(self) -> None:
        """Say that too many files are on their way."""
        said = _("%(count)s files are on their way already. Import or drop one of them first.")
        self.add_error(None, said % {"count": uploads.MOST})

    @property
    def handed_in(self) -> "UploadedFile[bytes]":
        """The file of a valid form."""
        found: UploadedFile[bytes] = self.cleaned_data["file"]
        return found

    def options(self) -> dict[str, Any]:
        """What else a valid form says; it can be written as JSON."""
        return {}


class UsageUploadForm(UploadForm):
    """Calls: a usage export, or a page of Graph's call log."""

    kind = Upload.Kind.USAGE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".csv,.json,text/csv,application/json"


class LicenceUploadForm(UploadForm):
    """People and the licenses they hold."""

    kind = Upload.Kind.LICENCES

    since = forms.DateField(
        label=gettext_lazy("Licenses are held since"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Leave it empty when they have been held since before your first call."),
    )

    def options(self) -> dict[str, Any]:
        since = self.cleaned_data["since"]
        return {"since": since.isoformat() if since else None}
