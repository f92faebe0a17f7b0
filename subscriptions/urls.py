"""Addresses of invitations and of the pages about plans and licences."""

from django.urls import path

from subscriptions import views

app_name = "subscriptions"
urlpatterns = [
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("o/<slug:slug>/billing/subscriptions/add/", views.plans, name="plans"),
    path("o/<slug:slug>/licensing/", views.licensing_table, name="licensing"),
]
