"""python -m config.embedded.prepare: translations, tables, static files, the demo; one process, to save seconds."""

import os
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands

from config.embedded import home, translations


def static_sources() -> Iterator[Path]:
    """The static files of the project and of the installed apps."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def is_older(made: Path, sources: Iterator[Path]) -> bool:
    """Whether a made file is missing or older than one of its sources."""
    return not made.exists() or any(source.stat().st_mtime > made.stat().st_mtime for source in sources)


def prepare() -> None:
    """Do what is still to do. The demo is loaded only where nothing real is charged (settings.DEMO)."""
    for written in translations.compile_all(home.ROOT / "locale"):
        print(f"Translations compiled: {written.relative_to(home.ROOT)}", flush=True)
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if is_older(Path(settings.STATIC_ROOT) / "staticfiles.json", static_sources()):
        print("Collecting the static files ...", flush=True)
        call_command("collectstatic", interactive=False, verbosity=0)
    if settings.DEMO and "load_demo" in get_commands():
        call_command("load_demo")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    prepare()
