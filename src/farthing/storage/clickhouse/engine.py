"""The connection: where it leads, how long it may take, and when it is not worth trying.

Everything here blocks; whoever calls has a thread for it.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TextIO
from urllib.parse import unquote, urlsplit

import structlog

from farthing.storage.clickhouse.tables import on_cluster, statements
from farthing.storage.contract.copies import CopyUnavailableError, HeldCopyError

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

log = structlog.get_logger(__name__)

DATABASE: Final = "farthing"
"""Where the copy is unless the URL names another database."""
_CONNECT_SECONDS: Final = 3
_AGAIN_SECONDS: Final = 15.0
"""After a failure nobody waits for the engine again for so long."""
_OF_THE_QUESTION: Final = (
    "(TIMEOUT_EXCEEDED)",
    "(MEMORY_LIMIT_EXCEEDED)",
    "(VIOLATED_CONSTRAINT)",
    "(NOT_ENOUGH_SPACE)",
    "(READONLY)",
    "(TABLE_IS_READ_ONLY)",
)
"""Errors that say nothing against the next question: what can't be written to may be asked all the same."""
_LOCK_FILE: Final = "farthing.lock"
_PORTS: Final = {"clickhouse": 8123, "clickhouses": 8443}
_ALONE: Final = {"do_not_merge_across_partitions_select_final": "1"}
_ON_CLUSTER_READ: Final = {"select_sequential_consistency": "1"}
_ON_CLUSTER_WRITE: Final = {
    "insert_quorum": "auto",
    "insert_quorum_parallel": "0",
    "distributed_foreground_insert": "1",
}
"""What was written is read by the next question, whichever replica answers it."""


class Engine:
    """ClickHouse at `clickhouse://user:password@host:port/database`, or in the folder of `chdb:///folder`.

    `clickhouses://` is the same over TLS. `cluster` is the name of the cluster that the tables are on.
    """

    def __init__(self, url: str, cluster: str | None = None, read_seconds_max: float = 10.0) -> None:
        self._url = urlsplit(url)
        self.cluster = cluster
        self.database = unquote(self._url.path.strip("/")) or DATABASE
        if self._url.scheme == "chdb":
            self.database = DATABASE
        self._read_seconds_max = read_seconds_max
        self._client: Client | None = None
        self._lock: TextIO | None = None
        self._turn = threading.Lock()
        self._failed_at = -_AGAIN_SECONDS
        self.trouble: str | None = "it is not connected yet"

    @property
    def where(self) -> str:
        """The address without its password."""
        url = self._url
        port = f":{url.port}" if url.port else ""
        return f"{url.scheme}://{url.hostname or ''}{port}{url.path}"

    @property
    def is_open(self) -> bool:
        """Whether it is connected and has not failed a moment ago."""
        return self._client is not None and not self._has_just_failed()

    @property
    def may_open(self) -> bool:
        """Whether it is connected, or worth trying to connect."""
        return not self._has_just_failed()

    def _has_just_failed(self) -> bool:
        return monotonic() - self._failed_at < _AGAIN_SECONDS

    def open(self) -> None:
        """Connect and make what is not there yet. Raises CopyUnavailableError."""
        with self._turn:
            if self._client is not None:
                return
            if self._has_just_failed():
                raise CopyUnavailableError(self.trouble or "it has just failed")
            with self._watched():
                self._connect()

    def _connect(self) -> None:
        try:
            client = self._connected()
        except ImportError as error:
            raise CopyUnavailableError(
                "clickhouse-connect and chdb are not installed: pip install 'farthing[clickhouse]'"
            ) from error
        try:
            client.command(f"CREATE DATABASE IF NOT EXISTS `{self.database}`{on_cluster(self.cluster)}")
            for statement in statements(self.database, self.cluster):
                client.command(statement)
            client.database = self.database
        except BaseException:
            client.close()
            raise
        self._client = client

    def _connected(self) -> Client:
        import clickhouse_connect  # noqa: PLC0415 - half a second that nobody without a copy waits for

        if self._url.scheme == "chdb":
            folder = Path(unquote(self._url.path))
            self._take(folder)
            return clickhouse_connect.get_client(interface="chdb", path=str(folder / "data"))
        return clickhouse_connect.get_client(
            host=self._url.hostname or "localhost",
            port=self._url.port or _PORTS[self._url.scheme],
            username=unquote(self._url.username or "default"),
            password=unquote(self._url.password or ""),
            secure=self._url.scheme == "clickhouses",
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=int(self._read_seconds_max) + 2,
            # Questions run side by side, which those of one session can't; ids of requests can be many.
            autogenerate_session_id=False,
            form_encode_query_params=True,
        )

    def _take(self, folder: Path) -> None:
        """Keep other processes off: two engines on one folder would spoil it."""
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK_FILE).open("w", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise HeldCopyError(f"another process works on {folder}") from None
        self._lock = file

    def close(self) -> None:
        """Let go of it; it may be opened again."""
        with self._turn:
            client, self._client = self._client, None
            if client is not None:
                client.close()
            self._let_go()
            self.trouble = "it is closed"

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def has_failed(self, reason: str) -> None:
        """Not to be asked for a while."""
        if self.trouble is None:
            log.warning("the analytics copy is not asked for a while; the ledger answers", reason=reason)
        self.trouble = reason
        self._failed_at = monotonic()

    def query(
        self, text: str, parameters: dict[str, Any], *, is_final: bool = True
    ) -> Sequence[tuple[Any, ...]]:
        """The rows of a question: each as it is now, or all that are there. Raises CopyUnavailableError."""
        settings = {
            "final": str(int(is_final)),
            "max_execution_time": f"{self._read_seconds_max:g}",
            **_ALONE,
        }
        if self.cluster is not None:
            settings |= _ON_CLUSTER_READ
        with self._asked() as client:
            rows: Sequence[tuple[Any, ...]] = client.query(
                text, parameters=parameters, settings=settings
            ).result_rows  # type: ignore[assignment]
            return rows

    def insert(self, table: str, columns: dict[str, str], values: Sequence[Sequence[Any]]) -> None:
        """Add rows, given column by column; `columns` are names with types. Raises CopyUnavailableError."""
        settings = {"max_partitions_per_insert_block": "0"}
        if self.cluster is not None:
            settings |= _ON_CLUSTER_WRITE
        with self._asked() as client:
            client.insert(
                table,
                values,
                column_names=list(columns),
                column_type_names=list(columns.values()),
                column_oriented=True,
                settings=settings,
            )

    def command(self, text: str) -> None:
        """Run a statement that answers nothing. Raises CopyUnavailableError."""
        with self._asked() as client:
            client.command(text, settings={"alter_sync": "2", "mutations_sync": "2"})

    def try_command(self, text: str) -> None:
        """Run a statement that may take long, and whose failure says nothing of the next question."""
        if self._client is not None:
            try:
                self._client.command(text)
            except Exception as error:  # noqa: BLE001 - a time limit of the connection, most often
                log.info("the analytics copy is not tidied", reason=_first_line(error))

    @contextmanager
    def _asked(self) -> Iterator[Client]:
        client = self._client
        if client is None:
            raise CopyUnavailableError(self.trouble or "it is closed")
        with self._watched():
            yield client

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Whatever the client raises means that there is no answer; this is noted, and so is its end."""
        try:
            yield
        except CopyUnavailableError as error:
            self._let_go_of(str(error))
            raise
        except Exception as error:
            reason = _first_line(error)
            if not any(word in str(error) for word in _OF_THE_QUESTION):
                self._let_go_of(reason)
            raise CopyUnavailableError(reason) from error
        if self.trouble is not None:
            log.info("the analytics copy answers", where=self.where)
            self.trouble = None

    def _let_go_of(self, reason: str) -> None:
        self.has_failed(reason)
        if self._client is None:
            self._let_go()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
