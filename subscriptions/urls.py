"""Addresses of invitations and of the pages about plans, billing details, licences and keys."""

from django.urls import path

from subscriptions import views

app_name = "subscriptions"
urlpatterns = [
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("o/<slug:slug>/billing/subscriptions/add/", views.plans, name="plans"),
    path("o/<slug:slug>/billing/details/", views.billing_details, name="billing_details"),
    path("o/<slug:slug>/settings/api-keys/", views.all_keys, name="keys"),
    path("o/<slug:slug>/settings/api-keys/add/", views.make_key, name="make_key"),
    path("o/<slug:slug>/settings/api-keys/<int:pk>/revoke/", views.revoke_key, name="revoke_key"),
    path("o/<slug:slug>/licensing/", views.licensing_table, name="licensing"),
]
