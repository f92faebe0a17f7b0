from dataclasses import dataclass
@dataclass
class Run:
    name: str; command: str; machine: str; commit: str; load: str; at: object
def write(report, run): ...
