"""What works: in public in words, and for staff with what waits since when."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import health
from config.health import Level


@login_not_required
@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """For everybody and for programs; made without a session, so that it answers when the database does not."""
    parts = health.in_public(now=timezone.now())
    worst = health.worst(parts)
    code = 503 if worst == Level.DOWN else 200
    if request.GET.get("format") == "json" or request.get_preferred_type(["text/html", "application/json"]) == (
        "application/json"
    ):
        said = [{"name": str(part.label), "status": part.level} for part in parts]
        return JsonResponse({"status": worst, "parts": said}, status=code)
    # Without the request: what the shell shows of a person would ask the database.
    return HttpResponse(loader.render_to_string("home/status.html", {"parts": parts, "worst": worst}), status=code)


@never_cache
@require_safe
def staff_health(request: HttpRequest) -> HttpResponse:
    """For staff: every part, every sweep, every task. To others there is no such page."""
    if not request.user.is_staff:
        raise Http404
    now = timezone.now()
    context: dict[str, Any] = {
        "parts": [health.database(), health.broker(), health.beat(now=now)],
        "sweeps": health.sweeps(now=now),
        "watched": list(health.watched(now=now)),
        "tasks": health.tasks(),
        "now": now,
    }
    context["worst"] = health.worst([*context["parts"], *context["sweeps"], *context["watched"]])
    return render(request, "home/health.html", context)
