"""Addresses of credits: what there is, adding funds, auto-recharge, cards, and the provider's webhook."""

from django.urls import include, path

from credits import views

app_name = "credits"

_credits = [
    path("", views.overview, name="overview"),
    path("add-funds/", views.add_funds, name="add_funds"),
    path("add-funds/review/", views.review_funds, name="review_funds"),
    path("add-funds/place-order/", views.place_order, name="place_order"),
    path("payments/<uuid:key>/", views.payment, name="payment"),
    path("auto-recharge/", views.auto_recharge, name="auto_recharge"),
    path("auto-recharge/resume/", views.resume_recharge, name="resume_recharge"),
]

_methods = [
    path("", views.payment_methods, name="payment_methods"),
    path("add/", views.add_method, name="add_method"),
    path("added/", views.method_added, name="method_added"),
    path("<int:pk>/make-default/", views.make_default, name="make_default"),
    path("<int:pk>/remove/", views.remove_method, name="remove_method"),
]

urlpatterns = [
    path("o/<slug:slug>/billing/subscriptions/", views.subscriptions, name="subscriptions"),
    path("o/<slug:slug>/billing/subscriptions/communications-credits/", include(_credits)),
    path("o/<slug:slug>/billing/payment-methods/", include(_methods)),
    path("webhooks/stripe/", views.webhook, name="webhook"),
]
