"""Money in the back office: to read only. A mistake is mended by the rules, with another journal."""

from credits.admin import accounts, ledger, oversight, papers, payments, requesting

__all__ = ["accounts", "ledger", "oversight", "papers", "payments", "requesting"]
