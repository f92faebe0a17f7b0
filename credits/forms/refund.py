"""Why a payment is to be given back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import RefundRequest

_ROOM = RefundRequest._meta.get_field("why").max_length


class AskRefundForm(forms.Form):
    """The reason, for those who decide."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=_ROOM,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Who decides reads this: what was bought by mistake, or twice, say."),
        error_messages={"required": _("Say why, so that it can be decided.")},
    )
