"""Two loops, one repository: a claim is refused with its witness, handed over, and briefed about.

Run it with ``python story.py``; the package ``loomstack`` has to be installed.
"""

from loomstack import Granted, HandedOver, Loom, MetPath, Refused, SpecRequest


def main() -> None:
    """Tell the story, and fail where it goes another way."""
    with Loom.open("memory:") as loom:
        loom.create_journal(actor="human:ada", workspace="acme")
        loom.register_repo(actor="human:ada", id="shop", default_branch="main")
        for name in ["fix-auth", "tidy-tests"]:
            loom.register_loop(actor="human:ada", id=name, owner="ada", goal=f"to {name}")

        fix = loom.run("fix-auth-1", actor="loop:fix-auth", loop="fix-auth")
        tidy = loom.run("tidy-tests-1", actor="loop:tidy-tests", loop="tidy-tests")
        with fix, tidy:
            claim = fix.claim(
                "src/auth/{login,logout}*", repo="shop", ttl="30m", intent="sessions end on logout"
            )
            print("fix-auth asks for its part of src/auth:", type(claim.reply).__name__)

            match tidy.claim("src/**/*_test.rs", repo="shop", ttl="30m").reply:
                case Refused(meetings=meetings):
                    for meeting in meetings.list:
                        assert isinstance(meeting.met, MetPath)
                        words = meeting.intent and meeting.intent.text
                        print(f"tidy-tests is refused: {meeting.run} holds {meeting.met.witness},")
                        print(f"  a path that both would touch, since: {words}")
                case Granted():
                    raise AssertionError("both may touch src/auth/login_test.rs")

            for notice in fix.notices():
                print(f"fix-auth is told that {notice.from_run} asked, and was {notice.outcome}")

            brief = tidy.brief(specs=[SpecRequest("shop", "src/**")])
            print("\nWhat tidy-tests reads before it starts:\n")
            print(brief.rendered.text)

            match claim.hand_over("tidy-tests-1"):
                case HandedOver(token=token, run=run):
                    print(f"fix-auth hands its claim over: {run} holds it now")
                    assert token != claim.token
            assert not claim, "what was handed over is not held any more"

        assert fix.finished is not None
        print(f"both have finished; journal at version {loom.verify().ver}, chain verified")


if __name__ == "__main__":
    main()
