//! `loom export`, of a journal.

use crate::world::World;

#[test]
fn a_run_is_exported_with_who_started_it_and_whose_loop_it_is_of() {
    let world = World::new();
    world.ok("loop:nightly", "", &["run", "start", "night"]);
    let drawn = world.ok("human:ada", "", &["export", "mermaid", "--of", "run:night"]);
    assert!(drawn.starts_with("flowchart RL\n"), "{drawn}");
    assert!(drawn.contains("run<br/>night"), "{drawn}");
    let prov = world.ok(
        "human:ada",
        "",
        &["export", "prov-json", "--of", "run:night"],
    );
    let prov: serde_json::Value = serde_json::from_str(&prov).unwrap();
    assert_eq!(prov["activity"]["loom:run/night"]["loom:name"], "run:night");
    let unknown = world.loom("human:ada", "", &["export", "dot", "--of", "run:other"]);
    assert!(unknown.err.contains("not_found"), "{}", unknown.err);
}
