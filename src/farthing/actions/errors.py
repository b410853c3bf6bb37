"""Why an action refuses. What each is over HTTP is decided in api.errors and web.errors alone."""

from __future__ import annotations

from collections.abc import Iterable

from farthing.rules.plans import PlanUse
from farthing.rules.problems import FieldProblem


class ActionError(Exception):
    """The family of refusals; the message is for people."""


class InvalidInputError(ActionError):
    """What was given can't be used. `problems` names each field; the message holds all of them."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in self.problems))


class AlreadySetUpError(ActionError):
    """The installation has its first person already; nothing was changed."""


class SignInRefusedError(ActionError):
    """Address, password or token is wrong, ended or revoked. It never says which."""


class TotpRequiredError(SignInRefusedError):
    """The password was right; the person has a second step, and its code is missing."""


class HalfEndedError(SignInRefusedError):
    """Too long ago, or another password: the sign-in has to begin again."""


class NoPlaceError(SignInRefusedError):
    """Address and password are right, and the person is a member of no workspace."""


class OidcRefusedError(SignInRefusedError):
    """Whoever comes from the OpenID provider is not let in; the message says why."""


class OidcUnavailableError(ActionError):
    """The OpenID provider does not answer, or with something that can't be believed; the log says which."""


class InvalidKeyError(ActionError):
    """No live API key was sent. It never says more than that."""

    def __init__(self) -> None:
        super().__init__("the X-API-Key header is missing, or its key is unknown, expired or revoked")


class TooManyAttemptsError(ActionError):
    """Signing in failed too often; `retry_after_s` whole seconds until it may be tried again."""

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"too many failed attempts; try again in {retry_after_s} s")


class PlanLimitReachedError(ActionError):
    """The month has no request left (`use`): telemetry is paused, calls of the provider go on."""

    def __init__(self, use: PlanUse) -> None:
        self.use = use
        plan = use.plan
        super().__init__(
            f"the {plan.request_limit_per_month} requests that the plan {plan.name} has for a calendar month "
            "(UTC) are used up; telemetry is paused, calls of the provider go on"
        )


class RateLimitedError(ActionError):
    """A key sends faster than its plan lets it; `retry_after_s` whole seconds until it may go on."""

    def __init__(self, retry_after_s: int, per_second: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(
            f"the key sends more than the {per_second:g} events a second of its plan; "
            f"try again in {retry_after_s} s"
        )


class ForbiddenRoleError(ActionError):
    """The person's role does not allow it."""


class ConflictError(ActionError):
    """It can't be done in the state that things are in; the message says what would have to be first."""


class LegalHoldError(ConflictError):
    """A legal hold is on: nothing of the workspace may be removed."""


class JobStoppedError(ConflictError):
    """A job can't go on; the message says why."""


class NotInstalledError(ActionError):
    """It takes packages that this installation has not; `extra` names them to pip."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"{what} takes packages that are not installed here: pip install 'farthing[{extra}]'"
        )


class NotFoundError(ActionError):
    """There is no such thing in this workspace."""


__all__ = [
    "ActionError",
    "AlreadySetUpError",
    "ConflictError",
    "FieldProblem",
    "ForbiddenRoleError",
    "HalfEndedError",
    "InvalidInputError",
    "InvalidKeyError",
    "JobStoppedError",
    "LegalHoldError",
    "NoPlaceError",
    "NotFoundError",
    "NotInstalledError",
    "OidcRefusedError",
    "OidcUnavailableError",
    "PlanLimitReachedError",
    "RateLimitedError",
    "SignInRefusedError",
    "TooManyAttemptsError",
    "TotpRequiredError",
]
