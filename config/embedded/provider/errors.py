"""Refusals, in the words and numbers that Stripe's public documentation gives them."""

from typing import Any


class Refused(Exception):
    """A call that is answered with an error. `keeps`: what was written before it stays (a declined charge does)."""

    def __init__(self, status: int, error: dict[str, Any], *, keeps: bool = False) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error
        self.keeps = keeps

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object of the answer."""
        return {"error": self.error}


def invalid(
    message: str, *, param: str | None = None, code: str | None = None, status: int = 400, **more: Any
) -> Refused:
    """A request that can't be carried out as it was made (400 unless said otherwise)."""
    error = {"type": "invalid_request_error", "message": message, **more}
    if param is not None:
        error["param"] = param
    if code is not None:
        error["code"] = code
        error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return Refused(status, error)


def missing(label: str, object_id: str, *, param: str = "id", status: int = 404) -> Refused:
    """Nothing has this id: 404 when it stood in the path, 400 when it stood in a parameter."""
    return invalid(f"No such {label}: '{object_id}'", param=param, code="resource_missing", status=status)


def card_error(code: str, message: str, **more: Any) -> Refused:
    """402: the card's bank said no. Intent, charge and decline code come in `more`; what was written stays."""
    doc_url = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return Refused(
        402, {"type": "card_error", "code": code, "message": message, "doc_url": doc_url, **more}, keeps=True
    )


def idempotency_error(message: str) -> Refused:
    """400: a key that was used before, for something else."""
    return Refused(400, {"type": "idempotency_error", "message": message})
