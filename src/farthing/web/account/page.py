"""The account: everything that is a person's own, and where to change it."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from farthing.actions.entry.manage_personal_tokens import is_live, list_own_tokens
from farthing.actions.entry.manage_sessions import list_own_sessions
from farthing.actions.entry.second_step import has_second_step
from farthing.rules.ids import session_id_text, token_id_text
from farthing.rules.roles import PERSON
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render


@get("/account", needs=PERSON)
async def show_account(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Sign-ins and live tokens, with links to what can be done about them."""
    now = parts.clock.now()
    sessions = [(session_id_text(own.session.id), own) for own in await list_own_sessions(parts, asker)]
    tokens = [
        (token_id_text(token.id), token)
        for token in await list_own_tokens(parts, asker)
        if is_live(token, now)
    ]
    return render(
        request,
        "account",
        Frame(asker, "account"),
        sessions=sessions,
        tokens=tokens,
        provider=None if parts.oidc is None else parts.settings.oidc_name,
        has_second_step=await has_second_step(parts, asker.user.id),
    )
