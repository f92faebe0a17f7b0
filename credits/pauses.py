"""Why auto-recharge has paused itself."""

from credits.models import Account, Recharge


def cause(account: Account) -> str:
    """The code of the cause, for `notifications.causes`; empty while it is not paused.

    A third failed round, or one whose answer did not fit, pauses in the transaction that closes it; nothing else does
    but a lost dispute.
    """
    since = account.auto_recharge.paused_at
    if since is None:
        return ""
    round_of_it = account.recharges.filter(state=Recharge.State.FAILED, closed_at=since).order_by("-pk").first()
    return round_of_it.why if round_of_it else "dispute_lost"
