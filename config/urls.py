"""The addresses. Pages of an organization live under /o/<slug>/."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from config import api, views

admin.site.site_header = admin.site.site_title = _("Communications Credits back office")
admin.site.index_title = _("Everything there is")
# Staff sign in where everybody does: one place for passwords, limits and what comes later.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "config.views.server_error"

urlpatterns = [
    path("favicon.ico", views.favicon),
    path("", views.home, name="home"),
    path("theme/", views.set_theme, name="set_theme"),
    path("language/", views.set_language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.addresses()),
    path("o/<slug:slug>/", views.organization_home, name="organization_home"),
    path("", include("subscriptions.urls")),
    path("", include("notifications.urls")),
    path("", include("credits.urls")),
    path("", include("rating.urls")),
]
