//! The claims that stand in an index when something is looked up: random names, each a function of
//! its number, so that every run measures the same.

use loom_core::path::PatternSource;

/// splitmix64: the random number of this number.
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What loops claim: of ten, six single files, three folders and one wildcard, in random folders
/// that a few of them share.
#[derive(Clone, Copy)]
pub(crate) struct Claims {
    pub(crate) n: u64,
}

/// Claims that reach through the whole repository, beside those of [`Claims`].
pub(crate) const ROOT_WIDE: [&str; 4] = [
    "**/*.rs",
    "**/Cargo.lock",
    "**/generated/**",
    "docs/**/*.md",
];

impl Claims {
    pub(crate) fn claimed(self, nth: u64) -> PatternSource {
        let (folder, name) = self.names(nth);
        match nth % 10 {
            0..6 => PatternSource::file(format!("{folder}/{name}.rs")),
            6..9 => PatternSource::glob(format!("{folder}/{name}")),
            _ => PatternSource::glob(format!("{folder}/{name}_*.rs")),
        }
    }

    /// A path that the nth claim holds.
    pub(crate) fn path_in(self, nth: u64) -> String {
        let (folder, name) = self.names(nth);
        match nth % 10 {
            0..6 => format!("{folder}/{name}.rs"),
            6..9 => format!("{folder}/{name}/src/lib.c"),
            _ => format!("{folder}/{name}_test.rs"),
        }
    }

    fn names(self, nth: u64) -> (String, String) {
        let folder = mix(nth) % self.n.div_ceil(4);
        let name = mix(nth ^ 0x5851_f42d_4c95_7f2d) % 100_000_000;
        (format!("src/module_{folder}"), format!("part_{name}"))
    }
}
