"""The Dockerfile and compose.yaml, read as an engine would, and what they start run without one."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml
from fakes import GatedAssistant
from serving import ROOT, process, start

from api.cli import _app
from api.http.app import create_app
from api.http.service import OPEN_PATHS
from api.server import SECONDS_TO_FINISH, read_proxies

KNOWN = "FROM ARG WORKDIR COPY RUN ENV USER EXPOSE HEALTHCHECK ENTRYPOINT CMD".split()
TOKEN = "a-token-for-the-tests"  # noqa: S105


@dataclass(frozen=True)
class Instruction:
    name: str
    value: str

    def words(self) -> list[str]:
        """The words of the JSON form."""
        return list(json.loads(self.value[self.value.index("[") :]))


def read_dockerfile() -> list[list[Instruction]]:
    """The instructions of each stage."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    stages: list[list[Instruction]] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            name, _, value = line.partition(" ")
            assert (
                name
                in "FROM ARG WORKDIR COPY RUN ENV USER EXPOSE HEALTHCHECK ENTRYPOINT CMD".split()
            )
            if name == "FROM":
                stages.append([])
            stages[-1].append(Instruction(name, value))
    return stages


def last(name: str) -> Instruction:
    """The last instruction of that name in the image that is kept."""
    return [i for i in read_dockerfile()[-1] if i.name == name][-1]


def environment() -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(last("ENV").value))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def service(compose: dict[str, Any]) -> dict[str, Any]:
    (service,) = compose["services"].values()
    assert isinstance(service, dict)
    return service


def test_the_image_is_small_and_not_run_by_root(service: dict[str, Any]) -> None:
    build, kept = read_dockerfile()
    for stage in (build, kept):
        assert re.fullmatch(
            r"python:3\.\d+-slim-\w+@sha256:[0-9a-f]{64}( AS build)?", stage[0].value
        )
    assert build[0].value == f"{kept[0].value} AS build"
    assert not [i for i in kept if i.name == "RUN"]  # nothing is installed into what is kept
    assert all(i.value.startswith("--from=build ") for i in kept if i.name == "COPY")
    user, group = last("USER").value.split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["user"] == last("USER").value


def test_the_python_of_the_image_is_one_that_we_support() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    (found,) = {i.value.split("-")[0] for stage in read_dockerfile() for i in stage[:1]}
    assert found.removeprefix("python:") == wanted.removeprefix(">=")


def test_what_is_built_from_is_let_in() -> None:
    """The build installs a package, so all that it is made of has to reach the engine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])
    needed |= {project["project"]["readme"], *project["project"]["license-files"]}
    needed |= {"pyproject.toml", "constraints.txt", "image-requirements.txt"}
    ignored, *let_in = (ROOT / ".dockerignore").read_text().split()
    assert ignored == "*"
    assert {name.removeprefix("!") for name in let_in if name.startswith("!")} == needed
    assert all((ROOT / name).exists() for name in needed)


def test_the_build_keeps_to_the_constraints_and_to_the_cpu() -> None:
    runs = " ".join(i.value for i in read_dockerfile()[0] if i.name == "RUN")
    assert "--constraint constraints.txt" in runs
    extra = next(i.value for i in read_dockerfile()[0] if i.name == "ARG")
    assert extra == "EXTRAS="  # by default nothing that brings torch
    assert "--require-hashes -r image-requirements.txt" in runs
    assert "--no-build-isolation" in runs  # or what builds it comes without a hash
    assert environment()["WENZHENG_INDEX"] in runs


def pinned(text: str) -> dict[str, str]:
    """The versions of a file of requirements, by the names that registries compare."""
    found = re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE)
    return {normal(name): version for name, version in found}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_the_image_installs_is_named_by_hash_in_the_versions_that_are_tested() -> None:
    text = (ROOT / "image-requirements.txt").read_text(encoding="utf-8")
    installed = pinned(text)
    tested = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    assert {name: tested.get(name) for name in installed} == installed
    entries = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    assert len(entries) == len(installed)
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    stated = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    names = {normal(re.split(r"[\[<>=!~; ]", one)[0]) for one in stated}
    assert names <= set(installed)


def test_compose_takes_every_right_away(compose: dict[str, Any], service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & set(service)
    assert {"mem_limit", "pids_limit"} <= set(service)
    index, documents = service["volumes"]
    name, where = index.split(":")
    assert where == environment()["WENZHENG_INDEX"]
    assert {name} == set(compose["volumes"])
    assert documents.endswith(":ro")  # what is answered from is read, and never written
    assert all("docker.sock" not in volume for volume in service["volumes"])


def test_compose_opens_one_port_on_this_machine_and_demands_a_token(
    service: dict[str, Any],
) -> None:
    (published,) = service["ports"]
    host, _, inside = published.split(":")
    assert (host, inside) == ("127.0.0.1", last("EXPOSE").value)
    assert service["environment"]["WENZHENG_TOKEN"].startswith("${WENZHENG_TOKEN:?")
    assert TOKEN not in json.dumps(service)


def test_compose_believes_only_its_gateway_who_asks(
    compose: dict[str, Any], service: dict[str, Any]
) -> None:
    options = service["command"]
    (name,) = service["networks"]
    (pool,) = compose["networks"][name]["ipam"]["config"]
    assert options[: len(last("CMD").words())] == last("CMD").words()
    assert read_proxies([options[options.index("--proxy") + 1]]) == [pool["gateway"]]
    assert ip_address(pool["gateway"]) in ip_network(pool["subnet"])
    assert "FORWARDED_ALLOW_IPS" not in json.dumps(service)


@pytest.mark.parametrize("stated", ["*", "", "localhost", "10.0.0.1/8", "10.0.0.0/40"])
def test_a_proxy_is_named_by_its_address(stated: str) -> None:
    with pytest.raises(typer.BadParameter, match="--proxy"):
        read_proxies([stated])


def test_documents_come_in_by_a_folder_that_the_service_may_read(service: dict[str, Any]) -> None:
    """`docker compose cp` cannot write where everything is read-only, nor into a tmpfs."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    (step,) = re.findall(r"# (docker compose .*)", text)
    program, *words = step.removeprefix("docker compose exec wenzheng ").split()
    assert program == "wenzheng"
    command, folder = words
    assert folder in [volume.split(":")[-2] for volume in service["volumes"][1:]]
    group = typer.main.get_command(_app)
    context = typer.Context(group)
    sync = group.get_command(context, command)  # type: ignore[attr-defined]
    assert sync.make_context(command, [folder]).params["folder"] == Path(folder)


def test_compose_waits_for_answers_under_way(service: dict[str, Any]) -> None:
    assert int(service["stop_grace_period"].removesuffix("s")) > SECONDS_TO_FINISH


def test_the_command_and_its_port_are_ours() -> None:
    assert last("ENTRYPOINT").words() == ["wenzheng"]
    command, *options = last("CMD").words()
    group = typer.main.get_command(_app)
    context = typer.Context(group)
    serve = group.get_command(context, command)  # type: ignore[attr-defined]
    assert serve is not None
    parsed = serve.make_context("serve", options).params
    assert (parsed["host"], str(parsed["port"])) == ("0.0.0.0", last("EXPOSE").value)  # noqa: S104


def test_health_is_asked_where_the_service_answers_without_the_token() -> None:
    (address,) = re.findall(r"http://[^']+", last("HEALTHCHECK").value)
    assert urlsplit(address).port == int(last("EXPOSE").value)
    assert urlsplit(address).path in OPEN_PATHS
    assert urlsplit(address).path in {
        getattr(r, "path", "") for r in create_app(GatedAssistant()).routes
    }


@pytest.mark.slow
def test_what_the_image_starts_is_healthy_on_files_that_cannot_be_written(
    seed_index: Path, tmp_path: Path
) -> None:
    """The command and the health check as they stand, on a free port; HOME is not writable."""
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    variables = {**environment(), "WENZHENG_INDEX": str(seed_index), "HOME": str(home)}
    del variables["PATH"]
    arguments = [*last("CMD").words(), "--port", "0"]
    with start(*arguments, **variables, WENZHENG_TOKEN="") as child:
        assert child.wait(30) == 1  # without a token it does not start
    with process(*arguments, **variables, WENZHENG_TOKEN=TOKEN) as (_, address):
        program, *rest = last("HEALTHCHECK").words()
        assert program == "python"
        port = str(urlsplit(address).port)
        rest = [word.replace(last("EXPOSE").value, port) for word in rest]
        check = [sys.executable, *rest]
        assert subprocess.run(check, check=False).returncode == 0
        absent = [word.replace(port, "9") for word in check]
        failed = subprocess.run(absent, check=False, capture_output=True)
        assert failed.returncode == 1
    assert not list(home.iterdir())
