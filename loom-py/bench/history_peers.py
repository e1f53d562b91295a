"""The walk behind a trace, over networkx and over rustworkx: a line of JSON for each.

Run by ``make bench``. Reads from stdin where the graph is, where to begin, and how often to walk: nodes
are numbers with a time, edges point the way the walk goes, and some are followed within the window alone.
"""

from __future__ import annotations

import json
import statistics
import sys
from array import array
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING

import networkx as nx
import rustworkx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def read(path: str, typecode: str) -> array[int]:
    """Read numbers of one kind."""
    numbers = array(typecode)
    numbers.frombytes(Path(path).read_bytes())
    return numbers


def over_networkx(times: array[int], edges: array[int]) -> Callable[[list[int], int], list[int]]:
    """Build the graph in networkx, and answer what walks it."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(times)))
    graph.add_edges_from(
        (edges[at], edges[at + 1], {"windowed": bool(edges[at + 2])})
        for at in range(0, len(edges), 3)
    )

    def walk(begin: list[int], since: int) -> list[int]:
        seen = set(begin)
        stack = list(seen)
        found = []
        while stack:
            node = stack.pop()
            found.append(node)
            for other, edge in graph.adj[node].items():
                if other not in seen and not (edge["windowed"] and times[other] < since):
                    seen.add(other)
                    stack.append(other)
        return found

    return walk


def over_rustworkx(times: array[int], edges: array[int]) -> Callable[[list[int], int], list[int]]:
    """Build the graph in rustworkx, and answer what walks it."""
    graph = rustworkx.PyDiGraph(multigraph=True, node_count_hint=len(times))
    graph.add_nodes_from(times)
    graph.extend_from_weighted_edge_list(
        [(edges[at], edges[at + 1], bool(edges[at + 2])) for at in range(0, len(edges), 3)]
    )

    def walk(begin: list[int], since: int) -> list[int]:
        seen = set(begin)
        stack = list(seen)
        found = []
        while stack:
            node = stack.pop()
            found.append(node)
            for _, other, windowed in graph.out_edges(node):
                if other not in seen and not (windowed and times[other] < since):
                    seen.add(other)
                    stack.append(other)
        return found

    return walk


def tell(
    peer: str,
    walk: Callable[[list[int], int], list[int]],
    begin: list[int],
    since: int,
    rounds: Iterable[int],
) -> None:
    """Walk, and print what it took and what was found."""
    spent = []
    found: list[int] = []
    for _ in rounds:
        start = perf_counter_ns()
        found = walk(begin, since)
        spent.append(perf_counter_ns() - start)
    print(json.dumps({"peer": peer, "ns": statistics.median(spent), "found": found}), flush=True)


def main() -> None:
    """Measure one after the other, so that both fit into memory."""
    asked = json.load(sys.stdin)
    times, edges = read(asked["times"], "q"), read(asked["edges"], "I")
    for peer, build in (
        ("networkx DiGraph, the walk alone", over_networkx),
        ("rustworkx PyDiGraph, the walk alone", over_rustworkx),
    ):
        walk = build(times, edges)
        tell(peer, walk, asked["begin"], asked["since"], range(asked["rounds"]))
        del walk


if __name__ == "__main__":
    main()
