//! How often the change to blame is found among incidents planted over a real history.
#![allow(clippy::unwrap_used)]

use loom_core::provenance::Weights;
use loom_tests::planted_incidents::{Found, SEED, Way, measure, plant};
use loom_tests::real_history::gastown;

#[test]
fn suspects_beat_the_latest_toucher_and_the_largest_change_on_two_hundred_planted_incidents() {
    let history = gastown();
    let planted = plant(&history, SEED, 200);
    let found = measure(&history, &planted, Weights::default());
    let of = |way: Way| found.iter().find(|(other, _)| *other == way).unwrap().1;
    let ours = of(Way::Suspects);
    for peer in [Way::LatestToucher, Way::Largest, Way::LargestToucher] {
        let Found {
            hit_at_1,
            hit_at_5,
            mean_reciprocal_rank,
        } = of(peer);
        assert!(ours.hit_at_1 > hit_at_1, "{peer:?}: {found:?}");
        assert!(ours.hit_at_5 > hit_at_5, "{peer:?}: {found:?}");
        assert!(
            ours.mean_reciprocal_rank > mean_reciprocal_rank,
            "{peer:?}: {found:?}"
        );
    }
    // Whoever makes it worse, or better, says so here.
    assert_eq!(
        (ours.hit_at_1, ours.hit_at_5, ours.mean_reciprocal_rank),
        (220, 505, 356)
    );
}
