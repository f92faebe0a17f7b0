"""The reference of the debits: PostgreSQL's own load generator, calling the one function on our own tables."""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from config.embedded import postgres
from tests.benchmarks import place
from tests.benchmarks.figures import Sample

#: The keys are unique and ascend, as ours do: a place in the index costs both sides the same.
_SCRIPT: Final = """
\\set account random(:first, :last)
SELECT debit_without_consequences(:account, 'pgbench:' || nextval('bench_key'), 10000, 'benchmark', now());
"""


def debits(first: int, last: int, *, clients: int, seconds: float) -> Sample:
    """So many clients debit accounts of that range at random, for so long (whole seconds, at least one)."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "debit.sql"
        script.write_text(_SCRIPT)
        command = [
            *(str(postgres.programs() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}"),
            *(f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={max(1, round(seconds))}"),
            *(f"--define=first={first}", f"--define=last={last}", place.database_url()),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or "number of failed transactions: 0 " not in done.stdout:
        raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}")
    return Sample(_figure(r"tps = ([\d.]+)", done.stdout), int(_figure(r"processed: (\d+)", done.stdout)))


def _figure(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"pgbench says it differently: {text}")
    return float(found[1])
