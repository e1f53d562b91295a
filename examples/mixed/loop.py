"""A loop in Python: it counts in shared files, and only under an exclusive claim.

Usage: loop.py JOURNAL FOLDER NAME ROUNDS. Prints how often it was granted and how often refused.
"""

import sys
from pathlib import Path

from loomstack import Granted, Loom

journal, folder, name, rounds = sys.argv[1:]
granted = refused = 0
with Loom.open(journal) as loom, loom.run(name, actor=f"loop:{name}") as run:
    while granted < int(rounds):
        file = f"counter-{(granted + refused) % 3}"
        with run.claim(file, repo="shop", mode="exclusive", ttl="1m") as claim:
            if not isinstance(claim.reply, Granted):
                refused += 1
                continue
            counter = Path(folder, file)
            # Reading and writing are two steps: whoever came in between would be overwritten.
            counter.write_text(str(int(counter.read_text()) + 1))
            granted += 1
print(granted, refused)
