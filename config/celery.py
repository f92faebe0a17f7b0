"""The Celery app, its queues, and the whole timetable.

All but the comparisons (with the provider, and of the books) are sweeps over what is due: each may run twice, late or
not at all, and the next round makes good.
The figures behind the settings stand in docs/decisions.
"""

import os
from dataclasses import dataclass
from typing import Any, Final

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("credits")


@dataclass(frozen=True, slots=True)
class Beat:
    """A task of the timetable. A sweep moves what is due and answers how many; the others compare, now and then."""

    task: str
    queue: str
    schedule: float | crontab = settings.SWEEP_SECONDS
    #: A ring that nobody has heeded for so many seconds is forgotten: the next one does the same.
    patience: float = settings.SWEEP_SECONDS
    is_sweep: bool = True


#: Sweeps in the order in which one round runs them, and what compares, by the minute or at night (UTC).
TIMETABLE: Final[tuple[Beat, ...]] = (
    Beat("credits.events_due", "webhooks"),
    Beat("rating.lapse_sessions_due", "money"),
    Beat("credits.lapse_due", "money"),
    Beat("credits.expire_due", "money"),
    Beat("rating.uploads_due", "imports"),
    Beat("rating.rate_due", "imports"),
    Beat("rating.roll_up_due", "imports", schedule=600.0, patience=600),
    Beat("credits.give_up_due", "money"),
    Beat("credits.look_ahead_due", "money", schedule=600.0),
    Beat("credits.watch_brakes", "money"),
    Beat("credits.charge_due", "money"),
    Beat("credits.look_up_due", "money"),
    Beat("credits.refunds_due", "money"),
    Beat("credits.reconcile_recent", "imports", schedule=600.0, patience=600, is_sweep=False),
    Beat("credits.remind_due", "mail", schedule=600.0),
    Beat("notifications.deliver_due", "mail"),
    Beat("subscriptions.end_due", "mail", schedule=1200.0, patience=1200),
    Beat("credits.receipts_due", "imports", schedule=3600.0, patience=3600),
    Beat("credits.sum_journals_due", "imports", schedule=300.0, patience=300),
    Beat("credits.reconcile_all", "imports", schedule=crontab(hour="2", minute="41"), patience=3600, is_sweep=False),
    Beat("config.check_ledger", "imports", schedule=crontab(hour="3", minute="17"), patience=3600, is_sweep=False),
)


def _broker_options() -> dict[str, Any]:
    return {
        "visibility_timeout": 900,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "global_keyprefix": settings.REDIS_KEY_PREFIX,
    }


app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_transport_options=_broker_options(),
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    task_acks_on_failure_or_timeout=True,
    task_soft_time_limit=45,
    task_time_limit=60,
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.4},
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_max_memory_per_child=300_000,
    worker_soft_shutdown_timeout=10,
    worker_hijack_root_logger=False,
    task_routes={beat.task: {"queue": beat.queue} for beat in TIMETABLE},
    task_default_queue="money",
    timezone="UTC",
    enable_utc=True,
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    beat_schedule={
        beat.task: {"task": beat.task, "schedule": beat.schedule, "options": {"expires": beat.patience}}
        for beat in TIMETABLE
    },
)
app.autodiscover_tasks(["config", "rating", "credits", "notifications", "subscriptions"])
