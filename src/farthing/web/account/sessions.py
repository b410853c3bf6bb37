"""Ending sign-ins, after a second look."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.entry.manage_sessions import end_other_sessions, end_own_session, own_session
from farthing.rules.ids import session_id_number
from farthing.rules.roles import PERSON
from farthing.web.cookies import forget_cookie
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_ONE = "/account/sessions/{session:str}/end"
_OTHERS = "/account/sessions/end"


@get(_ONE, needs=PERSON)
async def ask_end(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, session: FromPath[str]
) -> Response[Any]:
    """What ending this sign-in means, and the button that does it."""
    own = await own_session(parts, asker, session_id_number(session))
    return render(request, "session_end", Frame(asker, "account"), own=own, wire=session)


@post(_ONE, needs=PERSON)
async def end(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, session: FromPath[str]
) -> Response[Any]:
    """End it; whoever ends the one that asks is signed out."""
    number = session_id_number(session)
    await end_own_session(parts, asker, number)
    if number != asker.session_id:
        return redirect(request, "/account")
    answer = redirect(request, "/signin")
    forget_cookie(request, answer, "session")
    return answer


@get(_OTHERS, needs=PERSON)
async def ask_end_others(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """What ending all others means, and the button that does it."""
    return render(request, "sessions_end", Frame(asker, "account"))


@post(_OTHERS, needs=PERSON)
async def end_others(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """End all but the one that asks."""
    await end_other_sessions(parts, asker)
    return redirect(request, "/account")
