"""The batch over everybody on a Ray cluster of two nodes stores to the byte what one process stores."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from tests.factories.world import load_world_with_holders
from tests.pathways.test_batch import NETWORK, ON, crowd

from linkspan.pathways.engines.batch import Batch, judge_slices
from linkspan.pathways.engines.partitions import ray_spread
from linkspan.pathways.models import BatchResultRow
from linkspan.site.command import main

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1200)]


@pytest.fixture
def cluster(monkeypatch):
    """Two nodes on this machine, each with a process of its own for one task."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    if connection.vendor == "postgresql":
        monkeypatch.setenv("LINKSPAN_DATABASE_URL", _url())
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(Path.cwd())]))
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    told = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False}
    made = cluster_utils.Cluster(initialize_head=True, head_node_args=told)
    made.add_node(**{name: told[name] for name in ("num_cpus", "object_store_memory")})
    made.wait_for_nodes()
    yield made
    made.shutdown()


def _url() -> str:
    """The database of the test, as other processes name it."""
    from urllib.parse import urlsplit, urlunsplit

    server = urlsplit(os.environ["LINKSPAN_DATABASE_URL"])
    return urlunsplit(server._replace(path=f"/{connection.settings_dict['NAME']}"))


def test_two_nodes_judge_to_the_byte_what_one_process_does(cluster) -> None:
    import ray

    ray.init(address=cluster.address, log_to_driver=False)
    seen = set()

    def spread(judge, parts):
        found = ray_spread(lambda part: (ray.get_runtime_context().get_node_id(), judge(part)), parts)
        seen.update(node for node, _ in found)
        return [answer for _, answer in found]

    try:
        people = crowd(400)
        parts = judge_slices(NETWORK, ON, [people[at : at + 50] for at in range(0, 400, 50)], spread)
    finally:
        ray.shutdown()
    assert len(seen) == 2
    whole = Batch(NETWORK, ON).judge(people)
    assert parts.dtype == whole.dtype and np.ascontiguousarray(parts).tobytes() == np.ascontiguousarray(whole).tobytes()


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_the_command_stores_over_two_nodes_what_it_stores_alone(cluster, capsys) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("several processes write to a server of the database")
    load_world_with_holders()
    stored = []
    for how in ([], ["--ray", cluster.address]):
        assert main(["audits", "batch", "--json", "--on", ON.isoformat(), *how]) == 0
        told = json.loads(capsys.readouterr().out)
        fields = [one.name for one in BatchResultRow._meta.concrete_fields if one.name not in ("pk", "run_id")]
        rows = BatchResultRow.objects.filter(run_id=told.pop("run")).order_by(*fields).values_list(*fields)
        stored.append((told, list(rows)))
    assert stored[0] == stored[1] and stored[0][1]
