from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("demo/mail/", views.demo_mails, name="demo_mail"),
    path("demo/mail/<slug:name>/", views.demo_message, name="demo_message"),
    path("demo/mail/<slug:name>/html/", views.demo_html, name="demo_html"),
]
