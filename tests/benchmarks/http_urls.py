"""The product's addresses, and the view that `authorize_http` is measured beside."""

import json
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from config.urls import urlpatterns as product
from subscriptions import keys

TABLE: Final = "bench_request"
_INSERT: Final = f"INSERT INTO {TABLE} (organization_id, body) VALUES (%s, %s) RETURNING id"  # noqa: S608  # our name


@login_not_required
@csrf_exempt
def reference(request: HttpRequest) -> HttpResponse:
    """Check the key, insert one row, commit."""
    key = keys.find(request.headers["Authorization"].removeprefix("Bearer "), now=timezone.now())
    if key is None:
        return HttpResponse(status=401)
    body = json.loads(request.body)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, [key.organization_id, body["session"]])
        (number,) = cursor.fetchone()
    return JsonResponse({"id": number})


urlpatterns = [*product, path("bench/reference", reference)]
