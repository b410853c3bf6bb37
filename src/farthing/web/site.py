"""All pages, put together: what the application mounts."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from farthing.web.access import allow, given_asker
from farthing.web.account import password
from farthing.web.account.page import show_account
from farthing.web.account.sessions import ask_end, ask_end_others, end, end_others
from farthing.web.account.tokens import ask_new_token, ask_revoke_token, make_token, revoke_token
from farthing.web.account.two_step import (
    confirm_two_step,
    end_two_step,
    set_up_two_step,
    show_two_step,
)
from farthing.web.alerts import inbox
from farthing.web.assets import static_file
from farthing.web.budgets import detail as budget_detail
from farthing.web.budgets import edit as budget_edit
from farthing.web.budgets import listing as budget_listing
from farthing.web.entrance import forgotten, join, oidc
from farthing.web.entrance.code import check_code, show_code
from farthing.web.entrance.set_up import set_up, show_set_up
from farthing.web.entrance.sign_in import check_sign_in, choose_theme, leave, show_sign_in
from farthing.web.errors import answer_error
from farthing.web.explore import saved
from farthing.web.explore.page import explore
from farthing.web.exports import take_report, take_requests, take_summary
from farthing.web.forms import refuse_forged
from farthing.web.given import PageRequest
from farthing.web.incidents import pages as incidents
from farthing.web.investigate.page import investigate
from farthing.web.overview.ahead import show_ahead
from farthing.web.overview.demo import fill_with_demo
from farthing.web.overview.page import first_event, overview
from farthing.web.pages import redirect
from farthing.web.prices import pages as prices
from farthing.web.prompts import pages as prompts
from farthing.web.quality import checklist
from farthing.web.quality import page as quality
from farthing.web.quickstart import page as quickstart
from farthing.web.requests import amend, correct
from farthing.web.requests.detail import show_request
from farthing.web.requests.listing import list_requests
from farthing.web.requests.live import live_rows
from farthing.web.search import page as search
from farthing.web.settings import (
    alert_rule,
    alerts,
    api_key,
    api_keys,
    channel,
    channels,
    data,
    deliveries,
    erasures,
    export_schedules,
    exports,
    invitations,
    jobs,
    members,
    retention,
    workspace,
)
from farthing.web.settings.audit import export as export_audit
from farthing.web.settings.audit import show_audit
from farthing.web.settings.tokens import ask_revoke_any, revoke_any, show_tokens
from farthing.web.values import listing as values
from farthing.web.values import one as value
from farthing.web.view import ElsewhereError

FORM_BYTES_MAX: Final = 65_536


def _go_there(request: PageRequest, error: ElsewhereError) -> Response[Any]:
    return redirect(request, error.place)


_pages = Router(
    path="/",
    route_handlers=[
        overview,
        show_ahead,
        first_event,
        fill_with_demo,
        explore,
        *saved.HANDLERS,
        investigate,
        *prompts.HANDLERS,
        *quality.HANDLERS,
        *search.HANDLERS,
        *checklist.HANDLERS,
        *quickstart.HANDLERS,
        list_requests,
        live_rows,
        show_request,
        *amend.HANDLERS,
        *correct.HANDLERS,
        *values.HANDLERS,
        *value.HANDLERS,
        *budget_listing.HANDLERS,
        *budget_edit.HANDLERS,
        *budget_detail.HANDLERS,
        *prices.HANDLERS,
        *members.HANDLERS,
        *invitations.HANDLERS,
        *workspace.HANDLERS,
        *retention.HANDLERS,
        *join.HANDLERS,
        *forgotten.HANDLERS,
        *password.HANDLERS,
        show_account,
        ask_end,
        end,
        ask_end_others,
        end_others,
        ask_new_token,
        make_token,
        ask_revoke_token,
        revoke_token,
        show_two_step,
        set_up_two_step,
        confirm_two_step,
        end_two_step,
        show_code,
        check_code,
        show_tokens,
        ask_revoke_any,
        revoke_any,
        show_audit,
        take_requests,
        take_summary,
        take_report,
        *exports.HANDLERS,
        *jobs.HANDLERS,
        *export_schedules.HANDLERS,
        export_audit,
        *channels.HANDLERS,
        *channel.HANDLERS,
        *deliveries.HANDLERS,
        *inbox.HANDLERS,
        *alerts.HANDLERS,
        *alert_rule.HANDLERS,
        *incidents.HANDLERS,
        *api_keys.HANDLERS,
        *api_key.HANDLERS,
        *data.HANDLERS,
        *erasures.HANDLERS,
        show_set_up,
        set_up,
        show_sign_in,
        check_sign_in,
        leave,
        *oidc.HANDLERS,
        choose_theme,
    ],
    before_request=refuse_forged,
    dependencies={"asker": Provide(given_asker, sync_to_thread=False)},
    guards=[allow],
    exception_handlers={ElsewhereError: _go_there, Exception: answer_error},
    request_max_body_size=FORM_BYTES_MAX,
    include_in_schema=False,
)

route_handlers: Final[list[ControllerRouterHandler]] = [_pages, static_file]
