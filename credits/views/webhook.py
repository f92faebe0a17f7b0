"""The payment provider's door: signed events come in, are stored, and are handled by the worker."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from credits import events, gateway
from subscriptions import doorbell


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored, whatever comes of it; 400 when the signature is not the provider's."""
    try:
        events.receive(request.body, request.headers.get("Stripe-Signature", ""), now=timezone.now())
    except gateway.Forged:
        return HttpResponse(status=400)
    doorbell.ring("credits.events_due")
    return HttpResponse(status=200)
