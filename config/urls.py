"""The addresses. Pages of an organization live under /o/<slug>/."""

from django.contrib import admin
from django.urls import include, path

from config import views

urlpatterns = [
    path("", views.home, name="home"),
    path("theme/", views.set_theme, name="set_theme"),
    path("language/", views.set_language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("o/<slug:slug>/", views.organization_home, name="organization_home"),
    path("", include("subscriptions.urls")),
    path("", include("notifications.urls")),
    path("", include("credits.urls")),
    path("", include("rating.urls")),
]
