"""The addresses. Pages of an organization live under /o/<slug>/."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from config import api
from config.views import activity, home, preferences, search, settings, status

admin.site.site_header = admin.site.site_title = _("Communications Credits back office")
admin.site.index_title = _("Everything there is")
# Staff sign in where everybody does: one place for passwords, limits and what comes later.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = "config.views.incident.bad_request"
handler403 = "config.views.incident.forbidden"
handler404 = "config.views.incident.not_found"
handler500 = "config.views.incident.server_error"

urlpatterns = [
    path("favicon.ico", home.favicon),
    path("", home.home, name="home"),
    path("theme/", preferences.set_theme, name="set_theme"),
    path("language/", preferences.set_language, name="set_language"),
    path("status/", status.status, name="status"),
    path("health/", status.staff_health, name="health"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.addresses()),
    path("o/<slug:slug>/", home.organization_home, name="organization_home"),
    path("o/<slug:slug>/search/", search.search, name="search"),
    path("o/<slug:slug>/settings/", settings.organization_settings, name="organization_settings"),
    path("o/<slug:slug>/activity/", activity.activity, name="activity"),
    path("o/<slug:slug>/activity/export/", activity.activity_csv, name="activity_csv"),
    path("", include("subscriptions.urls")),
    path("", include("notifications.urls")),
    path("", include("credits.urls")),
    path("", include("rating.urls")),
]
