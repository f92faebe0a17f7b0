"""Addresses of credits: what there is, adding funds, auto-recharge, payments, cards, and the provider's webhook."""

from django.urls import include, path

from credits import views

app_name = "credits"

_credits = [
    path("", views.overview, name="overview"),
    path("add-funds/", views.add_funds, name="add_funds"),
    path("add-funds/review/", views.review_funds, name="review_funds"),
    path("add-funds/place-order/", views.place_order, name="place_order"),
    path("payments/<uuid:key>/", views.payment, name="payment"),
    path("payments/<uuid:key>/confirm/", views.confirm_payment, name="confirm_payment"),
    path("payments/<uuid:key>/cancel/", views.cancel_payment, name="cancel_payment"),
    path("payments/<uuid:key>/refund/", views.ask_refund, name="ask_refund"),
    path("auto-recharge/", views.auto_recharge, name="auto_recharge"),
    path("auto-recharge/resume/", views.resume_recharge, name="resume_recharge"),
    path("auto-recharge/turn-off/", views.turn_off_recharge, name="turn_off_recharge"),
    path("auto-recharge/retry/", views.retry_recharge, name="retry_recharge"),
    path("auto-recharge/why/", views.evaluations, name="evaluations"),
    path("levels/", views.levels, name="levels"),
    path("levels/add/", views.add_level, name="add_level"),
    path("levels/<int:pk>/remove/", views.remove_level, name="remove_level"),
    path("rehearsal/", views.rehearsal, name="rehearsal"),
    path("lots/", views.lots, name="lots"),
    path("lots/export/", views.lots_csv, name="lots_csv"),
    path("balance-news/", views.balance_news, name="balance_news"),
]

_bills = [
    path("", views.payments, name="bills"),
    path("export/", views.payments_csv, name="payments_csv"),
    path("receipts/<int:number>/", views.receipt, name="receipt"),
]

_methods = [
    path("", views.payment_methods, name="payment_methods"),
    path("add/", views.add_method, name="add_method"),
    path("added/", views.method_added, name="method_added"),
    path("default/", views.make_default, name="make_default"),
    path("<int:pk>/replace/", views.replace_method, name="replace_method"),
    path("<int:pk>/remove/", views.remove_method, name="remove_method"),
]

urlpatterns = [
    path("o/<slug:slug>/billing/subscriptions/", views.subscriptions, name="subscriptions"),
    path("o/<slug:slug>/billing/subscriptions/communications-credits/", include(_credits)),
    path("o/<slug:slug>/billing/payments/", include(_bills)),
    path("o/<slug:slug>/billing/payment-methods/", include(_methods)),
    path("o/<slug:slug>/reports/balance/", views.balance, name="balance"),
    path("o/<slug:slug>/reports/balance/export/", views.balance_csv, name="balance_csv"),
    path("webhooks/stripe/", views.webhook, name="webhook"),
]
