"""The addresses of the pages about calls."""

from django.urls import path

from rating import views

app_name = "rating"
_LOTS = "o/<slug:slug>/billing/subscriptions/communications-credits/lots/"
urlpatterns = [
    path("o/<slug:slug>/reports/usage/", views.usage, name="usage"),
    path("o/<slug:slug>/reports/usage/<int:pk>/", views.call, name="call"),
    path("o/<slug:slug>/reports/usage/export/", views.usage_csv, name="usage_csv"),
    path("o/<slug:slug>/reports/minute-pools/", views.minute_pools, name="minute_pools"),
    path("o/<slug:slug>/reports/minute-pools/export/", views.minute_pools_csv, name="minute_pools_csv"),
    path("o/<slug:slug>/reports/dial-out/", views.dial_out, name="dial_out"),
    path("o/<slug:slug>/reports/dial-out/export/", views.dial_out_csv, name="dial_out_csv"),
    path("o/<slug:slug>/reports/blocked-calls/", views.blocked_calls, name="blocked_calls"),
    path("o/<slug:slug>/reports/blocked-calls/export/", views.blocked_calls_csv, name="blocked_calls_csv"),
    path("o/<slug:slug>/limits/", views.limits, name="limits"),
    path("o/<slug:slug>/limits/spend/", views.set_spend_limit, name="set_spend_limit"),
    path("o/<slug:slug>/limits/spend/<int:pk>/remove/", views.remove_spend_limit, name="remove_spend_limit"),
    path("o/<slug:slug>/limits/policy/", views.set_policy, name="set_policy"),
    path("o/<slug:slug>/limits/policy/<int:pk>/remove/", views.remove_policy, name="remove_policy"),
    path("o/<slug:slug>/limits/destinations/", views.block_destination, name="block_destination"),
    path("o/<slug:slug>/limits/destinations/<int:pk>/remove/", views.unblock_destination, name="unblock_destination"),
    path(f"{_LOTS}<int:pk>/", views.lot, name="lot"),
    path(f"{_LOTS}<int:pk>/export/", views.lot_csv, name="lot_csv"),
    path("o/<slug:slug>/rates/", views.rates, name="rates"),
    path("o/<slug:slug>/rates/export/", views.rates_csv, name="rates_csv"),
    path("o/<slug:slug>/uploads/", views.all_uploads, name="uploads"),
    path("o/<slug:slug>/uploads/usage/", views.upload_usage, name="upload_usage"),
    path("o/<slug:slug>/uploads/licenses/", views.upload_licences, name="upload_licences"),
    path("o/<slug:slug>/uploads/<int:pk>/", views.upload, name="upload"),
    path("o/<slug:slug>/uploads/<int:pk>/import/", views.import_upload, name="import_upload"),
    path("o/<slug:slug>/uploads/<int:pk>/drop/", views.drop_upload, name="drop_upload"),
    path("o/<slug:slug>/uploads/<int:pk>/errors/", views.upload_errors, name="upload_errors"),
]
