//! Random steps: who does what when, in numbers that are turned into names when they are played.

use std::fmt;

use loom_core::claim::{Mode, OnConflict};
use proptest::prelude::*;

/// One command and the moment it is sent.
#[derive(Clone)]
pub(crate) struct Step {
    /// Milliseconds since the step before.
    pub(crate) later_ms: u64,
    /// How far the sender's clock is behind.
    pub(crate) behind_ms: u64,
    /// Which of the known runs.
    pub(crate) by: usize,
    pub(crate) act: Act,
}

/// On one line, since a failure lists them all.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step {
            later_ms,
            behind_ms,
            by,
            act,
        } = self;
        let act = format!("{act:?}");
        write!(f, "+{later_ms} ms (-{behind_ms}) run {by}: {act}")
    }
}

/// One place: indexes into the lists of the world.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) repo: usize,
    pub(crate) branch: Option<bool>,
    pub(crate) include: Vec<usize>,
    pub(crate) exclude: Vec<usize>,
    pub(crate) resources: Vec<usize>,
}

/// What a narrowed claim shall hold.
#[derive(Debug, Clone)]
pub(crate) enum Less {
    Same,
    WithoutFirstPattern,
    WithoutFirstPlace,
    Excluding(usize),
    OnlyPath(usize),
    Other(Vec<Place>),
}

/// What is done. Claims are named by how many grants ago they began.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Claim {
        places: Vec<Place>,
        mode: Mode,
        ttl_ms: u64,
        wanted: u8,
        on_conflict: OnConflict,
        partial: bool,
        intent: bool,
    },
    Renew {
        which: Option<Vec<usize>>,
        ttl_ms: Option<u64>,
    },
    Narrow {
        which: usize,
        to: Less,
    },
    HandOver {
        which: usize,
        to: usize,
    },
    Release {
        which: Option<Vec<usize>>,
    },
    Revoke {
        which: usize,
        by_human: bool,
    },
    Withdraw,
    Heartbeat {
        seen: Option<u64>,
    },
    Finish,
    Start {
        parent: Option<usize>,
        ttl_ms: u64,
    },
    Change {
        which: Option<usize>,
        path: usize,
    },
    Recover,
    Tick,
    /// An earlier command again, under the same id.
    Again {
        ago: usize,
    },
    /// Another command under an earlier id.
    ReuseId {
        ago: usize,
    },
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..48)
}

fn step() -> impl Strategy<Value = Step> {
    let later_ms = prop_oneof![
        6 => Just(0u64),
        4 => 1..2_000u64,
        2 => prop::sample::select(vec![999, 1_000, 1_001, 29_999, 30_000, 60_000]),
        1 => prop::sample::select(vec![300_000, 899_999, 3_600_000, 4 * 3_600_000 - 1]),
    ];
    let behind_ms = prop_oneof![9 => Just(0u64), 1 => 1..100_000u64];
    (later_ms, behind_ms, 0..10usize, act()).prop_map(|(later_ms, behind_ms, by, act)| Step {
        later_ms,
        behind_ms,
        by,
        act,
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        24 => claim(),
        3 => (prop::option::of(some_claims()), prop::option::of(ttl_ms()))
            .prop_map(|(which, ttl_ms)| Act::Renew { which, ttl_ms }),
        3 => (0..8usize, less()).prop_map(|(which, to)| Act::Narrow { which, to }),
        3 => (0..8usize, 0..10usize).prop_map(|(which, to)| Act::HandOver { which, to }),
        5 => prop::option::of(some_claims()).prop_map(|which| Act::Release { which }),
        2 => (0..8usize, prop::bool::weighted(0.8))
            .prop_map(|(which, by_human)| Act::Revoke { which, by_human }),
        2 => Just(Act::Withdraw),
        3 => prop::option::of(0..6u64).prop_map(|seen| Act::Heartbeat { seen }),
        2 => Just(Act::Finish),
        2 => (prop::option::of(0..10usize), ttl_ms())
            .prop_map(|(parent, ttl_ms)| Act::Start { parent, ttl_ms }),
        3 => (prop::option::weighted(0.8, 0..8usize), 0..6usize)
            .prop_map(|(which, path)| Act::Change { which, path }),
        1 => Just(Act::Recover),
        2 => Just(Act::Tick),
        1 => (0..6usize).prop_map(|ago| Act::Again { ago }),
        1 => (0..6usize).prop_map(|ago| Act::ReuseId { ago }),
    ]
}

fn claim() -> impl Strategy<Value = Act> {
    (
        prop::collection::vec(place(), 1..3),
        prop_oneof![
            1 => Just(Mode::Plan),
            2 => Just(Mode::Read),
            5 => Just(Mode::Write),
            3 => Just(Mode::Exclusive),
        ],
        ttl_ms(),
        prop_oneof![3 => Just(0u8), 2 => 0..10u8],
        prop_oneof![
            2 => Just(OnConflict::Refuse),
            5 => Just(OnConflict::Wait),
            1 => Just(OnConflict::Advise),
        ],
        prop::bool::weighted(0.15),
        any::<bool>(),
    )
        .prop_map(
            |(places, mode, ttl_ms, wanted, on_conflict, partial, intent)| Act::Claim {
                places,
                mode,
                ttl_ms,
                wanted,
                on_conflict,
                // Both together is an error, which need not be tried that often.
                partial: partial && (on_conflict != OnConflict::Wait || intent),
                intent,
            },
        )
}

fn place() -> impl Strategy<Value = Place> {
    (
        prop_oneof![5 => Just(0usize), 1 => Just(1usize)],
        prop_oneof![6 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))],
        prop_oneof![
            12 => prop::collection::vec(0..12usize, 1..3),
            1 => Just(Vec::new()),
        ],
        prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(0..12usize, 1..3)],
        prop_oneof![8 => Just(Vec::new()), 1 => prop::collection::vec(0..2usize, 1..3)],
    )
        .prop_map(|(repo, branch, include, exclude, mut resources)| {
            if include.is_empty() && resources.is_empty() {
                resources.push(0);
            }
            let exclude = if include.is_empty() {
                Vec::new()
            } else {
                exclude
            };
            Place {
                repo,
                branch,
                include,
                exclude,
                resources,
            }
        })
}

fn less() -> impl Strategy<Value = Less> {
    prop_oneof![
        1 => Just(Less::Same),
        2 => Just(Less::WithoutFirstPattern),
        2 => Just(Less::WithoutFirstPlace),
        2 => (0..12usize).prop_map(Less::Excluding),
        2 => (0..6usize).prop_map(Less::OnlyPath),
        1 => prop::collection::vec(place(), 1..3).prop_map(Less::Other),
    ]
}

fn some_claims() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..8usize, 0..4)
}

fn ttl_ms() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => prop::sample::select(vec![1_000, 1_001, 1_999, 2_000, 30_000]),
        3 => prop::sample::select(vec![60_000, 600_000]),
        2 => prop::sample::select(vec![3_600_000, 5 * 3_600_000, 24 * 3_600_000]),
    ]
}
