from django.urls import path

from notifications.views import choosing, demo, news

app_name = "notifications"
_BASE = "o/<slug:slug>/billing/notifications/"
urlpatterns = [
    path(_BASE, choosing.choose, name="choose"),
    path(f"{_BASE}addresses/add/", choosing.add_address, name="add_address"),
    path(f"{_BASE}addresses/<int:pk>/remove/", choosing.remove_address, name="remove_address"),
    path(f"{_BASE}sent/<int:pk>/again/", choosing.resend, name="resend"),
    path(f"{_BASE}test/", choosing.send_test, name="send_test"),
    path("o/<slug:slug>/notices/", news.news, name="news"),
    path("demo/mail/", demo.demo_mails, name="demo_mail"),
    path("demo/mail/<slug:name>/", demo.demo_message, name="demo_message"),
    path("demo/mail/<slug:name>/files/<int:place>/", demo.demo_file, name="demo_file"),
    path("demo/mail/<slug:name>/html/", demo.demo_html, name="demo_html"),
]
