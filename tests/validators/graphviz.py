"""Holds the export for Graphviz against what Graphviz reads of it: graphviz.py DOT NAMES."""

import json
import subprocess
import sys
from collections import Counter


def read(dot: str) -> tuple[Counter[str], Counter[tuple[str, str, str]]]:
    """Nodes by their names and edges by the names of their ends, as Graphviz lays them out."""
    ran = subprocess.run(["dot", "-Tjson"], input=dot, capture_output=True, text=True, check=False)
    if ran.returncode or ran.stderr:
        raise ValueError(ran.stderr or f"dot: {ran.returncode}")
    graph = json.loads(ran.stdout)
    # A backslash stands twice in what Graphviz calls an escString.
    names = [node["tooltip"].replace("\\\\", "\\") for node in graph["objects"]]
    edges = [
        (names[edge["tail"]], edge["label"], names[edge["head"]]) for edge in graph["edges"]
    ]
    return Counter(names), Counter(edges)


def main(dot: str, names: str) -> None:
    with open(dot, encoding="utf-8") as text:
        written = text.read()
    nodes, edges = read(written)
    with open(names, encoding="utf-8") as text:
        told = json.load(text)
    if nodes != Counter(told["nodes"]) or edges != Counter(map(tuple, told["edges"])):
        raise SystemExit(f"{dot}: Graphviz reads other nodes or edges than the graph has")
    # The check itself must be able to say no.
    try:
        read(written.removesuffix("}\n"))
    except ValueError:
        print(f"{dot}: {nodes.total()} nodes, {edges.total()} edges")
        return
    raise SystemExit("accepted a graph without its end")


if __name__ == "__main__":
    main(*sys.argv[1:])
