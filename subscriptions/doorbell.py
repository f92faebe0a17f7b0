"""Ring a sweep after commit. The row is the message; a ring that gets lost costs a minute, never a cent."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

logger = logging.getLogger(__name__)


def ring(*tasks: str) -> None:
    """Ask the worker, once this transaction commits, to run these sweeps now. A broker that is down is only logged."""
    for task in tasks:
        transaction.on_commit(partial(_send, task), robust=True)


def _send(task: str) -> None:
    try:
        current_app.send_task(task)
    except (KombuError, OperationalError, OSError) as error:
        logger.warning("could not ring %s (%s); the next sweep will find the work", task, error)
