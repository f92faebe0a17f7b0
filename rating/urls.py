"""The addresses of the pages about calls."""

from django.urls import path

from rating import views

app_name = "rating"
urlpatterns = [
    path("o/<slug:slug>/reports/usage/", views.usage, name="usage"),
    path("o/<slug:slug>/rates/", views.rates, name="rates"),
]
