//! Rules that ask for names are only asked where the names fit, and nothing that is decided shows it.

use std::fmt::Write;

use loom_core::model::{Actor, ActorId, ActorKind, Branch, LoopId, RepoId, TeamId};
use loom_core::policy::{Action, Decision, Effect, Known, Verb};

use crate::world::{World, action, rules, world};

const NAMES: [&str; 3] = ["a", "b", "c"];
/// What rules ask for by name, and whether a pattern may stand there.
const FIELDS: [(&str, bool); 8] = [
    ("loop", true),
    ("team", true),
    ("branch", true),
    ("environment", true),
    ("tool", true),
    ("repo", false),
    ("actor", false),
    ("service", false),
];
/// A pattern that no name of an action fits, so that it adds nothing to a list; but a list with a wildcard in it
/// is no list of names.
const NOBODY: &str = "c*c";

#[test]
fn a_list_of_names_decides_as_the_same_list_with_a_pattern_that_fits_nobody() {
    let (mut verdicts, mut unknown) = ([0; 3], 0);
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let (names, patterns) = documents(&mut dice);
        let (mut by_name, mut by_pattern) = (world("deny", &names), world("deny", &patterns));
        for _ in 0..25 {
            let action = ask(&mut dice, &mut by_name);
            by_pattern.written = by_name.written.clone();
            let ours = by_name.decide(&action);
            let theirs = Decision {
                policy: ours.policy,
                ..by_pattern.decide(&action)
            };
            assert_eq!(ours, theirs, "{action:?} under\n{names}");
            verdicts[ours.verdict as usize] += 1;
            unknown += usize::from(ours.reasons.iter().any(|reason| !reason.certain));
        }
    }
    let all = verdicts.iter().sum::<usize>();
    let enough = verdicts.iter().all(|count| count * 20 > all);
    assert!(
        enough && unknown * 10 > all,
        "{verdicts:?}, {unknown} unknown"
    );
}

#[test]
fn a_rule_that_asks_for_a_name_applies_to_that_name_and_to_nobody_knows() {
    let given: [(&str, Give); 8] = [
        ("loop", |world, _, name| {
            world.written.who.loop_id = Known::Is(LoopId::new(name).unwrap());
        }),
        ("team", |world, _, name| {
            world.written.who.team = Known::Is(TeamId::new(name).unwrap());
        }),
        ("branch", |_, action, name| {
            action.branch = Some(Branch::new(name).unwrap())
        }),
        ("environment", |_, action, name| {
            action.environment = Some(ActorId::new(name).unwrap())
        }),
        ("tool", |_, action, name| {
            action.tool = Some(ActorId::new(name).unwrap())
        }),
        ("repo", |_, action, name| {
            action.repo = Some(RepoId::new(name).unwrap())
        }),
        ("actor", |_, action, name| {
            let kind = if name == "a" {
                ActorKind::Loop
            } else {
                ActorKind::Service
            };
            action.actor = Some(Actor::new(kind, "somebody").unwrap());
        }),
        ("service", |_, action, name| {
            action.service = Some(ActorId::new(name).unwrap())
        }),
    ];
    for (field, give) in given {
        for paths in ["", ", paths: src/**"] {
            let asks = if field == "actor" { "loop" } else { "a" };
            let rest = format!(
                "{DECLARED}rules:\n  - {{id: asks, effect: deny, when: {{{field}: {asks}{paths}}}}}\n"
            );
            let decide = |name: Option<&str>| {
                let mut world = world("allow", &rest);
                world.written.who.loop_id = Known::Unknown;
                world.written.who.team = Known::Unknown;
                let verb = if field == "environment" || field == "service" {
                    "tool"
                } else {
                    "edit"
                };
                let mut action = Action::new(Verb::new(verb).unwrap()).on_paths(["src/x.rs"]);
                if let Some(name) = name {
                    give(&mut world, &mut action, name);
                }
                world.decide(&action)
            };
            let (same, other, nobody) = (decide(Some("a")), decide(Some("b")), decide(None));
            assert_eq!(same.verdict, Effect::Deny, "{field}{paths}");
            assert!(same.reasons[0].certain, "{field}{paths}");
            assert_eq!(other.verdict, Effect::Allow, "{field}{paths}");
            assert_eq!(nobody.verdict, Effect::Deny, "{field}{paths}");
            assert_eq!(rules(&nobody), ["asks"]);
            assert!(
                !nobody.reasons[0].certain && !nobody.missing.is_empty(),
                "{field}"
            );
        }
    }
}

/// Gives an action, or who acts, a name.
type Give = fn(&mut World, &mut Action, &str);

const DECLARED: &str = "environments: [a, b, c, cc]
services:
  a: {paths: src/a/**}
  b: {paths: src/b/**}
  c: {paths: src/c/**}
owners:
  teams:
    a: {members: [ann]}
    b: {members: [bob]}
    c: {members: [cem]}
    cc: {members: [dan]}
";

/// Two documents of the same rules: with lists of names, and with a pattern in the lists.
fn documents(dice: &mut Dice) -> (String, String) {
    let (mut names, mut patterns) = (String::from(DECLARED), String::from(DECLARED));
    for text in [&mut names, &mut patterns] {
        text.push_str("rules:\n");
    }
    for nth in 0..4 + dice.of(12) {
        let effect = ["allow", "allow", "require_approval", "deny"][dice.of(4)];
        let mut when = [String::new(), String::new()];
        for (field, may_have_pattern) in FIELDS {
            if dice.of(4) > 0 {
                continue;
            }
            let mut list = vec![name(dice, field)];
            if dice.of(4) == 0 {
                list.push(name(dice, field));
            }
            write!(when[0], "{field}: [{}], ", list.join(", ")).unwrap();
            if may_have_pattern {
                list.push(NOBODY);
            }
            write!(when[1], "{field}: [{}], ", list.join(", ")).unwrap();
        }
        let paths = ["", "paths: 'src/**', ", "paths: 'src/a/**', "][dice.of(3)];
        let verb = ["", "", "verb: [edit, tool], "][dice.of(3)];
        let window = [
            "",
            "",
            "window: {days: [sun], from: '09:00', to: '17:00', tz: Europe/Berlin}, ",
        ];
        let rest = format!("{paths}{verb}{}", window[dice.of(3)]);
        let unless = ["", ", unless: {loop: a}", ", unless: {facts: {calm: true}}"][dice.of(3)];
        for (text, when) in [&mut names, &mut patterns].into_iter().zip(when) {
            let when = format!("{when}{rest}");
            let when = when.trim_end_matches(", ");
            writeln!(
                text,
                "  - {{id: r{nth}, effect: {effect}, when: {{{when}}}{unless}}}"
            )
            .unwrap();
        }
    }
    (names, patterns)
}

/// An action of which something is known.
fn ask(dice: &mut Dice, world: &mut World) -> Action {
    let mut action = action(["edit", "tool", "deploy", "shell", "commit"][dice.of(5)]);
    let carries = action.verb.carries().unwrap();
    let gives = |dice: &mut Dice, field| {
        let carried = carries.iter().any(|carried| carried.as_str() == field);
        (carried && dice.of(3) > 0).then(|| NAMES[dice.of(3)])
    };
    let id = |name| ActorId::new(name).unwrap();
    action.repo = gives(dice, "repo").map(|name| RepoId::new(name).unwrap());
    action.branch = gives(dice, "branch").map(|name| Branch::new(name).unwrap());
    action.environment = gives(dice, "environment").map(id);
    action.tool = gives(dice, "tool").map(id);
    action.service = gives(dice, "service").map(id);
    if dice.of(4) == 0 {
        action.actor = None;
    }
    if gives(dice, "targets").is_some() {
        let paths = (0..1 + dice.of(3)).map(|_| format!("src/{}/x.rs", NAMES[dice.of(3)]));
        action = action.on_paths(paths.collect::<Vec<_>>());
    }
    world.written.who.loop_id = known(dice, |name| LoopId::new(name).unwrap());
    world.written.who.team = known(dice, |name| TeamId::new(name).unwrap());
    action
}

fn known<T>(dice: &mut Dice, id: impl Fn(&str) -> T) -> Known<T> {
    match dice.of(5) {
        0 => Known::Unknown,
        1 => Known::None,
        _ => Known::Is(id(NAMES[dice.of(3)])),
    }
}

fn name(dice: &mut Dice, field: &str) -> &'static str {
    match field {
        "actor" => ["loop", "human", "service"][dice.of(3)],
        _ => NAMES[dice.of(3)],
    }
}

/// Random numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn of(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % sides
    }
}
