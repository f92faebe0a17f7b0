"""The addresses of the pages about calls."""

from django.urls import path

from rating import views

app_name = "rating"
urlpatterns = [
    path("o/<slug:slug>/reports/usage/", views.usage, name="usage"),
    path("o/<slug:slug>/reports/usage/<int:pk>/", views.call, name="call"),
    path("o/<slug:slug>/reports/usage/export/", views.usage_csv, name="usage_csv"),
    path("o/<slug:slug>/reports/minute-pools/", views.minute_pools, name="minute_pools"),
    path("o/<slug:slug>/reports/blocked-calls/", views.blocked_calls, name="blocked_calls"),
    path("o/<slug:slug>/reports/blocked-calls/export/", views.blocked_calls_csv, name="blocked_calls_csv"),
    path("o/<slug:slug>/limits/", views.limits, name="limits"),
    path("o/<slug:slug>/limits/spend/", views.set_spend_limit, name="set_spend_limit"),
    path("o/<slug:slug>/limits/spend/<int:pk>/remove/", views.remove_spend_limit, name="remove_spend_limit"),
    path("o/<slug:slug>/limits/policy/", views.set_policy, name="set_policy"),
    path("o/<slug:slug>/limits/policy/<int:pk>/remove/", views.remove_policy, name="remove_policy"),
    path("o/<slug:slug>/limits/destinations/", views.block_destination, name="block_destination"),
    path("o/<slug:slug>/limits/destinations/<int:pk>/remove/", views.unblock_destination, name="unblock_destination"),
    path("o/<slug:slug>/rates/", views.rates, name="rates"),
]
