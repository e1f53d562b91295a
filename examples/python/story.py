"""Two loops on one repository: a claim, a refusal with its witness, a hand-over, a brief.

Run it with ``python story.py``, where the package ``loomstack`` is installed.
"""

from loomstack import Claim, Granted, Loom, MetPath, Refused, SpecRequest


def told(claim: Claim) -> str:
    """What became of a claim, in a few words."""
    match claim.reply:
        case Granted():
            return "granted"
        case Refused(meetings=meetings) if isinstance(met := meetings.list[0].met, MetPath):
            return f"refused, both may touch {met.witness}"
        case other:
            return type(other).__name__


with Loom.open("memory:") as loom:  # or "sqlite:journal.db", for any number of processes
    loom.create_journal(actor="human:ada", workspace="acme")
    loom.register_repo(actor="human:ada", id="shop", default_branch="main")

    # Inside their blocks runs are kept alive; leaving them finishes the runs, whatever happens.
    with (
        loom.run("fix-auth", actor="loop:fixer") as fixer,
        loom.run("tidy-tests", actor="loop:tidier") as tidier,
    ):
        login = fixer.claim(
            "src/auth/{login,logout}*", repo="shop", ttl="1m", intent="fix the login"
        )
        print("fixer asks for src/auth:", told(login))

        tests = tidier.claim("src/**/*_test.rs", repo="shop", ttl="1m", intent="tidy up")
        print("tidier asks for the tests:", told(tests))

        # The old token lets nothing land any more; the other run has one of its own.
        reply = login.hand_over("tidy-tests")
        print("fixer is done:", {"HandedOver": "handed_over"}.get(type(reply).__name__, "refused"))

        # A claim that is held may be a block too: leaving it releases the claim.
        with tidier.claim("src/**/*_test.rs", repo="shop", ttl="1m", intent="tidy up") as tests:
            print("tidier asks again:", told(tests))

            brief = fixer.brief(specs=[SpecRequest("shop", "src/**")])
            print()
            print(brief.rendered.text, end="")
