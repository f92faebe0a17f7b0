"""What the roof remembers of the whole: fingerprints of the ledger, so that tomorrow shows if yesterday was changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models import Account


class LedgerDigest(models.Model):
    """What an account's journals and entries up to one journal looked like when they were counted (check X02)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    up_to_journal = models.BigIntegerField(_("up to journal"))
    count = models.BigIntegerField(_("journals and entries"))
    digest = models.CharField(_("fingerprint"), max_length=32)
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("fingerprint of the ledger")
        verbose_name_plural = _("fingerprints of the ledger")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["account", "up_to_journal"], name="one_digest_per_account_and_journal"),
        )

    def __str__(self) -> str:
        return self.digest
