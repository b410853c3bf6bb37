"""`farthing serve`: the server."""

from __future__ import annotations

from farthing.cli.place import HERE, AnyDoor, Door, Place
from farthing.logs import set_up_logs
from farthing.serving import serve as run


def serve(door: Door = AnyDoor, place: Place = HERE, *, analytics_url: str | None = None) -> None:
    """Serve the API and the pages until SIGTERM or Ctrl-C.

    Further settings are read from FARTHING_… variables and the TOML file that FARTHING_CONFIG names.

    Parameters
    ----------
    analytics_url
        A copy of all calls in ClickHouse, for questions that no sums answer.
    """
    settings = place.settings(host=door.host, port=door.port, analytics_url=analytics_url)
    set_up_logs(settings.log_level, settings.log_format)
    run(settings, _announce)


def _announce(url: str, is_set_up: bool) -> None:  # noqa: FBT001 - the signature that serving calls
    hint = "" if is_set_up else " - open it to set up the first person and workspace"
    print(f"Farthing is ready on {url}{hint}", flush=True)
