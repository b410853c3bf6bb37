"""The command line: one module per group of commands, each loaded when it runs.

`farthing --help` must not load a web server, so the commands are named here and imported by the parser.
"""

from __future__ import annotations

import os
import sys

from cyclopts import App

from farthing import __version__

app = App(
    name="farthing",
    help="See, explain and control what LLM calls cost, without putting anything in their way.",
    version=__version__,
)
app.command("farthing.cli.serve:serve", name="serve", help="Serve the API and the pages.")
app.command("farthing.cli.init:init", name="init", help="Set up the first person, workspace and API key.")
app.command("farthing.cli.demo:demo", name="demo", help="Serve an invented workspace, to look around in.")
app.command("farthing.cli.send:send", name="send", help="Send calls, and see what they cost.")
app.command("farthing.cli.doctor:doctor", name="doctor", help="Whether all is well, and how to mend it.")
app.command("farthing.cli.completion:completion", name="completion", help="Let a shell complete all this.")

_key = App(name="key", help="Make, list, change, rotate and revoke API keys.")
_key.command("farthing.cli.key:create", name="create", help="Make a key and print it, this once.")
_key.command("farthing.cli.key:list_keys", name="list", help="List the keys of a workspace.")
_key.command("farthing.cli.key:edit", name="edit", help="Change settings of a key.")
_key.command("farthing.cli.key:rotate", name="rotate", help="Put a new key in a key's place.")
_key.command("farthing.cli.key:revoke", name="revoke", help="Refuse a key from now on.")
app.command(_key)

_totp = App(name="totp", help="Two-step sign-in.")
_totp.command("farthing.cli.totp:off", name="off", help="Switch it off for somebody who is locked out.")
app.command(_totp)

_secrets = App(name="secrets", help="The secrets of an installation.")
_secrets.command("farthing.cli.secrets:rotate", name="rotate", help="Sign access tokens with a new key.")
app.command(_secrets)
_audit = App(name="audit", help="Who changed what, and whether the log of it is as it was written.")
_audit.command("farthing.cli.audit:list_entries", name="list", help="Show who changed what in a workspace.")
_audit.command("farthing.cli.audit:export", name="export", help="Print every entry as CSV or NDJSON.")
_audit.command("farthing.cli.audit:verify", name="verify", help="Work out the digests of all logs anew.")
app.command(_audit)

_export = App(name="export", help="Take data out: calls, or the sums of days.")
_export.command("farthing.cli.export:requests", name="requests", help="Write every call, oldest first.")
_export.command("farthing.cli.export:summary", name="summary", help="Write the sums of each day.")
_scheduled = App(name="schedule", help="What is exported by itself, into a folder or a bucket.")
_scheduled.command("farthing.cli.export_schedule:list_all", name="list", help="List scheduled exports.")
_scheduled.command("farthing.cli.export_schedule:add", name="add", help="Export something by itself.")
_scheduled.command("farthing.cli.export_schedule:change", name="change", help="Change what is given.")
_scheduled.command("farthing.cli.export_schedule:remove", name="remove", help="Export by it no more.")
_scheduled.command("farthing.cli.export_schedule:run", name="run", help="Export a period now.")
_export.command(_scheduled)
app.command(_export)
_budgets = App(name="budgets", help="What is meant to be spent at most, and how that stands.")
_budgets.command("farthing.cli.budgets:list_all", name="list", help="List budgets, and how they stand.")
_budgets.command("farthing.cli.budgets:show", name="show", help="Show one budget.")
_budgets.command("farthing.cli.budgets:add", name="add", help="Make a budget.")
_budgets.command("farthing.cli.budgets:change", name="change", help="Change a budget.")
_budgets.command("farthing.cli.budgets:remove", name="remove", help="Count a budget no more.")
_budgets.command("farthing.cli.budgets:history", name="history", help="How a budget stood before.")
_budgets.command("farthing.cli.budgets:preview", name="preview", help="How one would have stood.")
app.command(_budgets)
_channels = App(name="channels", help="Where alerts go: list, add, try out, remove.")
_channels.command("farthing.cli.channels:list_all", name="list", help="List the channels of a workspace.")
_channels.command("farthing.cli.channels:add", name="add", help="Make a channel.")
_channels.command("farthing.cli.channels:try_out", name="test", help="Send a test, and say what happened.")
_channels.command("farthing.cli.channels:remove", name="remove", help="Send nothing there any more.")
app.command(_channels)
_alerts = App(name="alerts", help="The inbox of alerts, the rules of where they go, and the kill switch.")
_alerts.command("farthing.cli.alerts:list_all", name="list", help="List alerts, newest first.")
_alerts.command("farthing.cli.alerts:show", name="show", help="Show an alert and what became of it.")
_alerts.command("farthing.cli.alerts:ack", name="ack", help="Acknowledge an alert and its incident.")
_alerts.command("farthing.cli.alerts:put_off", name="snooze", help="Put an alert and its incident off.")
_alerts.command("farthing.cli.alerts:open_again", name="reopen", help="Make an alert open again.")
_alerts.command("farthing.cli.alert_rules:kill_switch", name="kill-switch", help="Enforce nothing, or again.")
_rules = App(name="rules", help="Where alerts go and when.")
_rules.command("farthing.cli.alert_rules:list_all", name="list", help="List rules, limits and the report.")
_rules.command("farthing.cli.alert_rules:add", name="add", help="Make a rule.")
_rules.command("farthing.cli.alert_rules:mute", name="mute", help="Send nothing by a rule for a while.")
_rules.command("farthing.cli.alert_rules:remove", name="remove", help="Remove a rule or a limit.")
_rules.command("farthing.cli.alert_rules:limit", name="limit", help="Limit what calls may cost each.")
_rules.command("farthing.cli.alert_rules:report", name="report", help="Order the weekly report, or end it.")
_alerts.command(_rules)
app.command(_alerts)
app.command("farthing.cli.deliveries:deliveries", name="deliveries", help="What became of alerts.")

_incidents = App(name="incidents", help="What is unusual: list, look at, acknowledge, snooze, mute.")
_incidents.command("farthing.cli.incidents:list_all", name="list", help="List incidents, newest first.")
_incidents.command("farthing.cli.incidents:show", name="show", help="Show one with its causes and cost.")
_incidents.command("farthing.cli.incidents:ack", name="ack", help="Say that somebody sees to it.")
_incidents.command("farthing.cli.incidents:snooze_one", name="snooze", help="Tell nobody for some hours.")
_incidents.command("farthing.cli.incidents:mute_like", name="mute", help="Tell nobody of such ones.")
_incidents.command("farthing.cli.incidents:reopen_one", name="reopen", help="Take all of that back.")
app.command(_incidents)

_member = App(name="member", help="The people of a workspace: list, add, change, remove, invite them.")
_member.command("farthing.cli.member:list_all", name="list", help="List the people of a workspace.")
_member.command("farthing.cli.member:add", name="add", help="Give a person a place, without an invitation.")
_member.command("farthing.cli.member:set_role", name="role", help="Change what a person may do.")
_member.command("farthing.cli.member:remove", name="remove", help="Take a person's place.")
_member.command("farthing.cli.invitation:invite", name="invite", help="Print a link that lets one join.")
_member.command("farthing.cli.invitation:list_open", name="invitations", help="List open invitations.")
_member.command("farthing.cli.invitation:uninvite", name="uninvite", help="Revoke an invitation.")
app.command(_member)

_password = App(name="password", help="Passwords that were forgotten.")
_password.command("farthing.cli.password:reset", name="reset", help="Print a link that sets a new one.")
app.command(_password)

_workspace = App(name="workspace", help="Workspaces: list, make, name, delete and restore them; their plans.")
_workspace.command("farthing.cli.workspace:list_workspaces", name="list", help="All, with their plans.")
_workspace.command("farthing.cli.workspace:plan", name="plan", help="Give a workspace a plan, or none.")
_workspace.command("farthing.cli.workspaces:create", name="create", help="Make a further workspace.")
_workspace.command("farthing.cli.workspaces:rename", name="rename", help="Another name or time zone.")
_workspace.command("farthing.cli.workspaces:delete", name="delete", help="Mark a workspace deleted.")
_workspace.command("farthing.cli.workspaces:restore", name="restore", help="Bring a deleted one back.")
_workspace.command("farthing.cli.workspaces:list_deleted", name="deleted", help="List the deleted ones.")
app.command(_workspace)

app.command("farthing.cli.spend:spend", name="spend", help="How much: against before, by day, by whom.")
app.command("farthing.cli.top:top", name="top", help="Who or what spends most, once or again and again.")
app.command("farthing.cli.report:report", name="report", help="What calls cost, by any dimension and time.")
app.command("farthing.cli.why:why", name="why", help="Why spend changed, in parts that add up.")
app.command("farthing.cli.requests:requests", name="requests", help="List stored calls, newest first.")
app.command("farthing.cli.tail:tail", name="tail", help="Print calls as they come in.")
_retention = App(name="retention", help="How long calls are kept, and what is removed when they are older.")
_retention.command("farthing.cli.retention:show", name="show", help="What is kept, since when, what is next.")
_retention.command("farthing.cli.retention:set_policy", name="set", help="Keep a data mode for so many days.")
_retention.command("farthing.cli.retention:run", name="run", help="Remove what is older now.")
_retention.command("farthing.cli.retention:hold", name="hold", help="Put a legal hold on, or lift it.")
app.command(_retention)
_analytics = App(name="analytics", help="The copy of all calls in ClickHouse.")
_analytics.command("farthing.cli.analytics:status", name="status", help="How far it is, and what it takes.")
_analytics.command(
    "farthing.cli.analytics:verify", name="verify", help="Compare it with the database, by day."
)
_analytics.command("farthing.cli.analytics:repair", name="repair", help="Copy days that differ again.")
_analytics.command(
    "farthing.cli.analytics:rebuild", name="rebuild", help="Throw it away and copy everything."
)
app.command(_analytics)
_db = App(name="db", help="The database as a whole.")
_db.command("farthing.cli.db:copy", name="copy", help="Make one database equal to another, to move house.")
_db.command("farthing.cli.db:check", name="check", help="See that all sums are right; mend them.")
_db.command("farthing.cli.distribute:distribute", name="distribute", help="Spread a PostgreSQL, on Citus.")
app.command(_db)
_backup = App(name="backup", help="Back the database up, while it is served, and bring it back.")
_backup.command("farthing.cli.backup:make", name="make", help="Make a backup; only what is new is written.")
_backup.command("farthing.cli.backup:list_all", name="list", help="List the backups in a place.")
_backup.command("farthing.cli.backup:bring_back", name="restore", help="Bring a backup back.")
app.command(_backup)
app.command("farthing.cli.compact:compact", name="compact", help="Give unused room back to the disk.")
_data = App(name="data", help="Real, test and demo calls: count them, and delete the last two.")
_data.command("farthing.cli.data:status", name="status", help="How many calls of each data mode there are.")
_data.command("farthing.cli.data:delete", name="delete", help="Delete demo or test calls.")
_data.command("farthing.cli.data:deletions", name="deletions", help="What was deleted, with certificates.")
app.command(_data)

_jobs = App(name="jobs", help="Long work, and what servers do by themselves.")
_jobs.command("farthing.cli.jobs:list_all", name="list", help="List jobs, newest first.")
_jobs.command("farthing.cli.jobs:cancel", name="cancel", help="End a job before it is done.")
_jobs.command("farthing.cli.jobs:schedules", name="schedules", help="What is done by itself, and when.")
app.command(_jobs)
app.command("farthing.cli.imports:import_files", name="import", help="Store calls that other tools exported.")

app.command("farthing.cli.receipt:receipt", name="receipt", help="What a stored call cost, line by line.")
_request = App(name="request", help="Correct a stored call: amend it, void it, or take that back.")
_request.command("farthing.cli.request:amend", name="amend", help="Give fields other values.")
_request.command("farthing.cli.request:void", name="void", help="Let a call count no more.")
_request.command("farthing.cli.request:restore", name="restore", help="Let a voided call count again.")
_request.command("farthing.cli.request:revert", name="revert", help="Bring an earlier version back.")
_request.command("farthing.cli.request:history", name="history", help="Show all that a call was.")
app.command(_request)

app.command("farthing.cli.erase:erase_identity", name="erase", help="Erase a user or tenant; costs stay.")
app.command("farthing.cli.unknown:unknown", name="unknown", help="Models whose calls have no full price.")
app.command("farthing.cli.quality:quality", name="quality", help="How clean the data is; what to mend.")
app.command("farthing.cli.reprice:reprice", name="reprice", help="Price stored calls anew, or undo that.")
app.command("farthing.cli.price:price", name="price", help="What a call would cost, and why.")

_prices = App(name="prices", help="Look into the price book, and bring in another one.")
_prices.command("farthing.cli.prices:list_prices", name="list", help="What models cost for a plain call.")
_prices.command("farthing.cli.prices:show", name="show", help="All that a model costs at one time.")
_prices.command("farthing.cli.prices:show_history", name="history", help="How a model's prices changed.")
_prices.command("farthing.cli.prices:check", name="check", help="Where the book's two sources disagree.")
_prices.command("farthing.cli.price_files:export_prices", name="export", help="Every rate as CSV or NDJSON.")
_prices.command("farthing.cli.price_files:diff", name="diff", help="What a snapshot file would change.")
_prices.command("farthing.cli.price_books:import_file", name="import", help="Let a book from a file hold.")
_prices.command("farthing.cli.price_books:update", name="update", help="Carry the book on from the packages.")
_prices.command("farthing.cli.price_books:versions", name="versions", help="All books, and which holds.")
app.command(_prices)


def main() -> None:
    """Run the command that the arguments name. Ends the process with the code of docs/cli.md."""
    try:
        app(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        from farthing.cli.failures import INTERRUPTED

        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        from farthing.cli.failures import PIPE_CLOSED

        # Whoever read the output has had enough of it, as `head` does; nothing more is to be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PIPE_CLOSED)
    except Exception as error:
        from farthing.cli.failures import exit_code

        code = exit_code(error)
        if code is None:
            raise
        print(f"farthing: {error}", file=sys.stderr)
        sys.exit(code)
