"""`python -m tests.faults.worker OPTION ...`: Celery's worker of the program, which obeys the fail points."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from config.celery import app
    from tests.faults import failpoints

    failpoints.install()
    app.worker_main(["worker", *sys.argv[1:]])
