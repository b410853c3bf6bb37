"""Puts the parts together; nothing else knows which storage is in use."""

from __future__ import annotations

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from farthing.actions.analytics.desk import Analytics
from farthing.actions.background import Background
from farthing.actions.budgets.outlook_desk import OutlookDesk
from farthing.actions.channels.carriers import Carriers
from farthing.actions.entry.access_tokens import AccessTokens
from farthing.actions.entry.attempts import CODES, RESETS, Attempts
from farthing.actions.entry.oidc_provider import Client, OidcProvider
from farthing.actions.entry.recognise_personal_token import PersonalTokens
from farthing.actions.entry.recognise_session import SignIns
from farthing.actions.entry.signing_keys import SigningKeys
from farthing.actions.keys.intake_counts import IntakeCounts
from farthing.actions.keys.rate_desk import RateDesk
from farthing.actions.keys.recognise_key import KeyRing
from farthing.actions.parts import Parts
from farthing.actions.people.passwords import Passwords
from farthing.actions.plans.plan_desk import PlanDesk
from farthing.actions.prices.price_desk import PriceDesk
from farthing.actions.retention.raw_desk import RawDesk
from farthing.actions.time_desk import TimeDesk
from farthing.clock import Clock, SharedClock
from farthing.ledger.writer import Writer
from farthing.notify.library import Library
from farthing.notify.mail import Mailer
from farthing.notify.reach import Reach
from farthing.prices import Snapshot, load_snapshot
from farthing.settings import Settings
from farthing.storage.backup import Manifest, Shelf, restore
from farthing.storage.contract import RowFeed, SharedBuckets, Storage, StorageUnusableError
from farthing.storage.copying import Copied, DatabasePlace, Told, copy_database
from farthing.storage.sqlite import SqliteStorage

_DATABASE_FILE = "farthing.db"
_LOCK_FILE = "server.lock"


def is_there(settings: Settings) -> bool:
    """Whether there is an installation to work with; of a PostgreSQL database only opening it tells."""
    return settings.database_url is not None or database_file(settings).exists()


def database_file(settings: Settings) -> Path:
    """Where the database is, or would be, without PostgreSQL."""
    return settings.data / _DATABASE_FILE


@contextmanager
def served_alone(settings: Settings) -> Iterator[None]:
    """Keep other servers off a data folder for as long as the block runs; commands may work on it.

    SQLite is for one server: limits of rates and what is remembered of keys hold within a process. On
    PostgreSQL there may be several. The lock ends with the process, however that ends. Raises
    StorageUnusableError when another server has it.
    """
    if settings.database_url is not None:
        yield
        return
    with _lock(settings.data, "another server works on the data folder {}; PostgreSQL is for several"):
        yield


@contextmanager
def _lock(folder: Path, otherwise: str) -> Iterator[None]:
    """Hold the lock that a server holds. Raises StorageUnusableError: `otherwise`, said of the folder."""
    with (folder / _LOCK_FILE).open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StorageUnusableError(otherwise.format(folder)) from error
        yield


async def copy(from_: DatabasePlace, to: DatabasePlace, *, may_replace: bool, told: Told) -> Copied:
    """Make one database equal to another, which may be served meanwhile; see copy_database.

    Raises StorageUnusableError.
    """
    if from_.is_same_as(to):
        raise StorageUnusableError(f"{to.name} can't be copied to itself")
    with _nobody_serves(to):
        return await copy_database(from_.side, to.side, may_replace=may_replace, told=told)


async def bring_back(
    shelf: Shelf, manifest: Manifest, to: DatabasePlace, *, may_replace: bool, told: Told
) -> Path | None:
    """Restore a backup; see storage.backup.restore. Raises StorageError."""
    with _nobody_serves(to):
        return await restore(shelf, manifest, to, may_replace=may_replace, told=told)


@contextmanager
def _nobody_serves(to: DatabasePlace) -> Iterator[None]:
    """Keep servers off a data folder, which is made. Of a PostgreSQL database, writing to it tells."""
    if to.folder is None:
        yield
        return
    to.folder.mkdir(parents=True, exist_ok=True)
    with _lock(to.folder, "a server works on the data folder {}; stop it first"):
        yield


def choose_storage(settings: Settings) -> Storage:
    """PostgreSQL when a database URL is set, else SQLite in the data folder, which is made; not yet open.

    Raises StorageUnusableError when there can't be such a folder.
    """
    if settings.database_url is not None:
        # A server on SQLite starts sooner without the other driver.
        from farthing.storage.postgres import PostgresStorage  # noqa: PLC0415

        return PostgresStorage(settings.database_url, connections_max=settings.database_connections)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnusableError(
            f"the data folder {settings.data} can't be made: {error.strerror}"
        ) from error
    return SqliteStorage(database_file(settings))


def assemble(settings: Settings, clock: Clock, storage: Storage, release: Snapshot | None = None) -> Parts:
    """The parts around a storage, nothing opened or started yet.

    `release` is the book for want of an imported one, this release's own by default.
    """
    life_ms = settings.access_token_minutes * 60_000
    signing_keys = SigningKeys(storage, clock, life_ms, settings.signing_key_days)
    mailer = _mailer(settings)
    plans = PlanDesk(settings.plans_by_tier(), storage, clock)
    return Parts(
        settings=settings,
        clock=clock,
        storage=storage,
        recorder=Writer(storage, clock, plans.limits, queue_events_max=settings.queue_events_max),
        prices=PriceDesk(release or load_snapshot(), storage),
        plans=plans,
        rates=RateDesk(clock, storage if isinstance(storage, SharedBuckets) else None),
        raw=RawDesk(storage),
        time=TimeDesk(clock, storage),
        keys=KeyRing(storage, clock),
        intake_counts=IntakeCounts(storage, clock),
        passwords=Passwords(),
        attempts=Attempts(clock),
        code_attempts=Attempts(clock, CODES),
        reset_attempts=Attempts(clock, RESETS),
        tokens=AccessTokens(signing_keys, clock, settings.access_token_minutes),
        signing_keys=signing_keys,
        sign_ins=SignIns(storage, clock, settings.session_idle_days),
        personal_tokens=PersonalTokens(storage, clock),
        background=Background(),
        carriers=_carriers(settings, mailer),
        outlooks=OutlookDesk(),
        mailer=mailer,
        oidc=_oidc_provider(settings, clock),
        analytics=_analytics(settings, clock, storage),
    )


def _analytics(settings: Settings, clock: Clock, storage: Storage) -> Analytics | None:
    """The copy that questions of rows are answered from, if one was set up; not connected yet."""
    if settings.analytics_url is None or not isinstance(storage, RowFeed):
        return None
    # A server without a copy starts sooner without the code for one.
    from farthing.storage.clickhouse import ClickhouseCopy, Engine  # noqa: PLC0415

    engine = Engine(settings.analytics_url, settings.analytics_cluster, settings.analytics_seconds_max)
    copy = ClickhouseCopy(engine)
    storage.read_from(copy)
    return Analytics(storage, copy, clock, engine.where)


def _oidc_provider(settings: Settings, clock: Clock) -> OidcProvider | None:
    """The OpenID provider, if one was set up (the settings refuse one without the other)."""
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    if issuer is None or client_id is None:
        return None
    return OidcProvider(Client(issuer, client_id, settings.oidc_secret(), settings.oidc_scopes), clock)


def _carriers(settings: Settings, mailer: Mailer | None) -> Carriers:
    """The ways that alerts go."""
    reach = Reach(settings.allowed_networks(), settings.webhook_plain_http)
    return Carriers(reach, Library(reach), mailer)


def _mailer(settings: Settings) -> Mailer | None:
    """The way mail goes, if it was set up (the settings refuse one without the other)."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    # A server that sends no mail starts sooner without it.
    from farthing.notify.smtp import SmtpMailer  # noqa: PLC0415

    return SmtpMailer(settings.smtp_url, settings.mail_from)


def build_parts(settings: Settings, clock: Clock) -> Parts:
    """The parts that the settings ask for. Raises StorageUnusableError.

    On a database that others may share, its clock is gone by, and `clock` until it was heard.
    """
    ours = clock if settings.database_url is None else SharedClock(clock)
    return assemble(settings, ours, choose_storage(settings))


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[Parts]:
    """Open the storage for as long as the block runs. Raises StorageError when it can't be opened."""
    try:
        await parts.storage.open()
        await parts.time.hear()
        yield parts
    finally:
        if parts.analytics is not None:
            await parts.analytics.copy.close()
        await parts.storage.close()


@asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[Parts]:
    """The storage open and the writer at work; at the end the writer stops first, so that all is stored.

    Raises StorageError when the storage can't be opened.
    """
    async with opened(parts), AsyncExitStack() as stack:
        desks = parts.time, parts.prices, parts.plans, parts.rates, parts.raw
        for each in (*desks, parts.keys.uses, parts.intake_counts, parts.recorder):
            await each.start()
            stack.push_async_callback(each.stop)
        await parts.outlooks.start(parts)
        stack.push_async_callback(parts.outlooks.stop)
        stack.push_async_callback(parts.background.finish)
        yield parts
