from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditsConfig(AppConfig):
    name = "credits"
    verbose_name = _("Credits")

    def ready(self) -> None:
        from credits import papers, retelling  # noqa: PLC0415  # models can be imported only now
        from notifications.papers import register  # noqa: PLC0415  # it imports models, too

        for kind in papers.KINDS:
            register(kind, papers.of)
        retelling.register()
