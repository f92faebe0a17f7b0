"""Addresses of invitations and of the pages about plans, billing details, licences, keys, users and members."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from subscriptions import views


class _Text(StringConverter):
    """Whatever may be looked up: PostgreSQL knows no NUL."""

    regex = r"[^/\x00]+"


register_converter(_Text, "text")

app_name = "subscriptions"
urlpatterns = [
    path("invitations/<text:token>/", views.invitation, name="invitation"),
    path("o/<slug:slug>/billing/subscriptions/add/", views.plans, name="plans"),
    path("o/<slug:slug>/billing/subscriptions/add/<text:code>/", views.plan, name="plan"),
    path("o/<slug:slug>/billing/subscriptions/add/<text:code>/order/", views.order, name="order"),
    path("o/<slug:slug>/billing/subscriptions/add/<text:code>/order/review/", views.review_order, name="review_order"),
    path("o/<slug:slug>/billing/subscriptions/add/<text:code>/order/place/", views.place_order, name="place_order"),
    path("o/<slug:slug>/billing/subscriptions/orders/", views.all_orders, name="orders"),
    path("o/<slug:slug>/billing/subscriptions/orders/<uuid:key>/", views.ordered, name="ordered"),
    path("o/<slug:slug>/billing/subscriptions/<int:pk>/", views.subscription, name="subscription"),
    path("o/<slug:slug>/billing/subscriptions/<int:pk>/cancel/", views.cancel_subscription, name="cancel_subscription"),
    path("o/<slug:slug>/billing/subscriptions/<int:pk>/keep/", views.keep_subscription, name="keep_subscription"),
    path("o/<slug:slug>/billing/details/", views.billing_details, name="billing_details"),
    path("o/<slug:slug>/settings/api-keys/", views.all_keys, name="keys"),
    path("o/<slug:slug>/settings/api-keys/add/", views.make_key, name="make_key"),
    path("o/<slug:slug>/settings/api-keys/<int:pk>/revoke/", views.revoke_key, name="revoke_key"),
    path("o/<slug:slug>/licensing/", views.licensing_table, name="licensing"),
    path("o/<slug:slug>/users/", views.users, name="users"),
    path("o/<slug:slug>/users/export/", views.users_csv, name="users_csv"),
    path("o/<slug:slug>/users/licenses/", views.bulk_licences, name="bulk_licences"),
    path("o/<slug:slug>/users/<int:pk>/", views.user, name="user"),
    path("o/<slug:slug>/users/<int:pk>/licenses/", views.user_licences, name="user_licences"),
    path("o/<slug:slug>/members/", views.members, name="members"),
    path("o/<slug:slug>/members/invite/", views.invite, name="invite"),
    path("o/<slug:slug>/members/<int:pk>/role/", views.change_role, name="change_role"),
    path("o/<slug:slug>/members/<int:pk>/remove/", views.remove_member, name="remove_member"),
    path(
        "o/<slug:slug>/members/invitations/<int:pk>/withdraw/",
        views.withdraw_invitation,
        name="withdraw_invitation",
    ),
]
