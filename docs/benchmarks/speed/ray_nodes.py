"""Times ``emobench run`` on a Ray cluster of nodes with one CPU each; prints JSON.

python ray_nodes.py NODES OPTIONS…
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from commands import EMOBENCH

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


def seconds(nodes: int, options: list[str]) -> float:
    """Seconds of the command, from its start to its end, on a cluster that is there before."""
    from ray.cluster_utils import Cluster  # type: ignore[import-not-found, unused-ignore]

    # The head computes nothing, so that one node and two differ in nothing but their number.
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
        cluster.wait_for_nodes()
        environment = os.environ | {"RAY_ADDRESS": cluster.address}
        command = [EMOBENCH, "run", *options, "--device", "cpu", "--executor", "ray"]
        command += ["--jobs", str(nodes)]
        started = time.perf_counter()
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        passed = time.perf_counter() - started
    finally:
        cluster.shutdown()
    if ended.returncode:
        sys.exit(ended.stdout[-2000:] + ended.stderr[-2000:])
    return passed


if __name__ == "__main__":
    print(json.dumps({"seconds": seconds(int(sys.argv[1]), sys.argv[2:])}))
