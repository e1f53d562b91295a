//! Patterns, sets and paths that were made to be slow: what an attacker, or a generator gone wrong,
//! would write within the limits. A new idea for a slow one belongs here.

use loom_core::path::limits::{PATH_BYTES_MAX, PATTERN_BYTES_MAX, SET_BYTES_MAX};
use loom_core::path::{PathSetSource, PatternSource};

/// Repeats `unit` between `front` and `back` up to the bytes that a pattern may have.
fn wall(front: &str, unit: &str, back: &str) -> String {
    let times = (PATTERN_BYTES_MAX - front.len() - back.len()) / unit.len();
    format!("{front}{}{back}", unit.repeat(times))
}

fn segments(unit: &str) -> String {
    let times = (PATTERN_BYTES_MAX / (unit.len() + 1)).min(32);
    vec![format!("**/{unit}"); times].join("/")
}

/// Patterns that are legal under all rules, each with a name.
pub fn patterns() -> Vec<(&'static str, String)> {
    let deep = |name: &str| {
        let own = PATTERN_BYTES_MAX / 32 - 4;
        segments(&name.repeat(own / name.len()))
    };
    vec![
        ("all", "**".to_owned()),
        ("stars", wall("", "*a", "")),
        ("stars b", wall("", "*b", "*a")),
        ("stars ab", wall("*", "a*b*", "c")),
        ("holes", wall("", "?", "")),
        ("star, holes", wall("*", "?", "")),
        ("star a, holes", wall("*a", "?", "")),
        ("star a, holes, star", wall("*a", "?", "*")),
        ("chunk", wall("*", "a", "b")),
        ("chunk, star", wall("*", "a", "b*")),
        ("chunks", wall("*", "aaaaaaaaab*", "c")),
        ("classes", wall("*", "[ab]", "")),
        ("star classes", wall("", "*[ab]", "")),
        ("star classes c", wall("", "*[a-c]", "c")),
        ("braces a", wall(&"{a,b}".repeat(8), "a", "")),
        (
            "braces, holes",
            wall(&format!("*{}", "{a,b}".repeat(8)), "?", ""),
        ),
        ("braces, stars", wall(&"{*,a}".repeat(8), "*a", "")),
        ("braces, stars, b", wall(&"{*,a}".repeat(8), "*a", "*b")),
        ("stars, braces", wall("", "*a", &"{*,a}".repeat(8))),
        (
            "braces both ends",
            wall(&"{*,a}".repeat(4), "*a", &"{*,a}".repeat(4)),
        ),
        ("braces in the middle", {
            let half = "*a".repeat(240);
            format!("{half}{}{half}", "{*b,a}".repeat(8))
        }),
        ("braces spread", {
            let part = "*a".repeat(53);
            vec![part; 9].join("{*b,a}")
        }),
        ("braces spread, empty", {
            let part = "*a".repeat(53);
            vec![part; 9].join("{,?a}")
        }),
        ("optional tails", wall("", "*ab", &"{,b*,a*b}".repeat(5))),
        (
            "lengths",
            wall(&"{,?}{,??}{,????}{,????????}".repeat(2), "*a", "b"),
        ),
        (
            "lengths, holes",
            wall("*a{,?}{,??}{,????}{,????????}{,????????????????}", "?", ""),
        ),
        ("deep", segments("*a*b")),
        ("deep, long", deep("*a*b*a")),
        ("deep, same", deep("a*")),
        ("deep, braces", {
            let front = "{*,**}/".repeat(8);
            let rest = vec!["**/*a*b*a*b*a*b*a*b*a"; 27].join("/");
            let room = (PATTERN_BYTES_MAX - front.len()).min(rest.len());
            let at = rest[..room].rfind("/**").unwrap_or(room);
            format!("{front}{}", rest.split_at(at).0)
        }),
        ("deep, optional", format!("{}**/a", "{**/a,b}/".repeat(8))),
        ("sixty-four", format!("{}/a", vec!["**/*"; 31].join("/"))),
        (
            "sixty-four, b",
            format!("{}/b", vec!["**/?*"; 31].join("/")),
        ),
        ("complement", {
            let gap = "?".repeat(19);
            format!("{{*a{gap}a*,*b{gap}b*}}")
        }),
        ("all words", "[ab]".repeat(40)),
        ("subset", format!("{{*a{0},*b{0}c}}", "?".repeat(500))),
        ("many ends", {
            let ends: Vec<String> = (0..200).map(|n| format!("*{n}")).collect();
            format!("**/{{{}}}", ends.join(","))
        }),
        ("many middles", {
            let parts: Vec<String> = (0..170).map(|n| format!("*{n}*")).collect();
            format!("{{{}}}", parts.join(","))
        }),
        ("ranges", {
            let classes: String = (0..120_u32)
                .map(|n| {
                    let low = char::from_u32(0x4e00 + n * 7).unwrap_or('a');
                    format!("*[a{low}-\u{9fff}]")
                })
                .collect();
            let mut end = 1_000.min(classes.len());
            while !classes.is_char_boundary(end) {
                end -= 1;
            }
            let whole = classes[..end].rfind(']').unwrap_or_default();
            wall(&classes[..=whole], "a", "")
        }),
        ("wide characters", wall("*", "[\u{10000}-\u{1ffff}]", "")),
        ("not", wall("*", "[!a]", "")),
        ("dots", wall("", ".*", "")),
        (
            "dots, stars",
            format!(
                "{}/*",
                wall("", "*./", "").trim_end_matches('/').split_at(189).0
            ),
        ),
        ("marks", wall("*", "\u{301}", "")),
        ("marks, stars", wall("", "*\u{301}", "")),
        ("marks, classes", wall("", "*[\u{300}-\u{36f}]", "")),
        ("mark classes", wall("*", "[\u{300}-\u{36f}]", "")),
        ("marks, holes", wall("*e", "?", "\u{323}\u{301}")),
        ("marks of all classes", {
            let marks = "\u{334}\u{321}\u{323}\u{301}\u{345}\u{5b0}\u{64b}\u{fb1e}\u{3099}";
            let stars: String = marks.chars().map(|c| format!("*{c}")).collect();
            wall("", &stars, "")
        }),
        ("starters", {
            let text: String = ('a'..='z')
                .chain('A'..='Z')
                .chain('\u{c0}'..='\u{17f}')
                .chain('\u{1e00}'..='\u{1eff}')
                .map(|c| format!("*{c}"))
                .collect();
            let mut end = 1_000;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            format!("{}*[\u{300}-\u{36f}]*", text[..end].trim_end_matches('*'))
        }),
        (
            "starters, class",
            wall("", "*[a-zA-Z\u{c0}-\u{1eff}][\u{300}-\u{345}]", ""),
        ),
        (
            "hangul",
            wall("*", "[\u{1100}-\u{1112}]*[\u{1161}-\u{1175}]*", ""),
        ),
        ("starters, marks", wall("*", "aaaaaaaab", "\u{323}\u{301}")),
        ("starter stars, marks", wall("", "*aae", "\u{323}\u{301}")),
        ("holes, mark classes", {
            let marks = "[\u{300}-\u{36f}]".repeat(20);
            wall("*e", "?", &marks)
        }),
        (
            "holes and mark classes",
            wall("*", "?[\u{300}-\u{345}]", ""),
        ),
        ("brace marks", {
            let braces = "{*\u{323},?\u{301}}".repeat(8);
            wall(&braces, "*a\u{327}", "")
        }),
        ("starters in a row", {
            let text: String = ('a'..='z').chain('\u{e0}'..='\u{17f}').collect();
            let mut end = 900;
            while !text.is_char_boundary(end.min(text.len())) {
                end -= 1;
            }
            format!("*{}*[\u{300}-\u{36f}]", &text[..end.min(text.len())])
        }),
        ("starter classes", {
            let classes: String = (0..60_u32)
                .filter_map(|n| char::from_u32(0xe0 + n * 9))
                .map(|c| format!("[a-z{c}]*[{c}\u{301}]"))
                .collect();
            let mut end = 1_000.min(classes.len());
            while !classes.is_char_boundary(end) {
                end -= 1;
            }
            let whole = classes[..end].rfind(']').unwrap_or_default();
            format!("*{}*", &classes[..=whole])
        }),
        ("wide classes", {
            let classes: String = ('!'..='+').map(|c| format!("*[{c}-\u{1e943}]")).collect();
            wall(&classes, &classes, "")
        }),
        ("negated classes", {
            let classes: String = ('a'..='z').map(|c| format!("*[!{c}\u{301}]")).collect();
            wall("", &classes, "")
        }),
    ]
}

/// Files and directories, whose names are longer than a glob can be.
pub fn names() -> Vec<(&'static str, PatternSource)> {
    let full = |unit: &str| unit.repeat(PATH_BYTES_MAX / unit.len() - 1);
    let deep = |name: &str| {
        let text = format!("{name}/").repeat(250.min(4_000 / (name.len() + 1)));
        text.trim_end_matches('/').to_owned()
    };
    let half = |unit: &str| unit.repeat(2_000 / unit.len());
    vec![
        ("file a", PatternSource::file(full("a"))),
        ("dir a", PatternSource::dir(full("a"))),
        ("half dir a", PatternSource::dir(half("a"))),
        ("half dir ab", PatternSource::dir(half("aaaaaaab"))),
        ("deep dir", PatternSource::dir(deep("a"))),
        ("deep dir ab", PatternSource::dir(deep("aaaaaaab"))),
        ("dir of marks", PatternSource::dir(half("a\u{323}\u{301}"))),
        (
            "deep dir of marks",
            PatternSource::dir(deep("q\u{323}\u{301}")),
        ),
        (
            "file of marks",
            PatternSource::file(full("q\u{323}\u{301}")),
        ),
    ]
}

/// Lines of a `.gitignore` or a `CODEOWNERS`, far longer than the pattern that is left of them may be
/// as well.
pub fn lines() -> Vec<(&'static str, String)> {
    let long = |unit: &str| unit.repeat((1 << 16) / unit.len());
    vec![
        ("stars", wall("", "*a", "")),
        ("classes", wall("", "[!a", "]")),
        ("open classes", wall("", "[", "")),
        ("wide classes", wall("", "[!-\u{1e943}]", "")),
        ("braces", wall("", "{a,", "")),
        ("backslashes", wall("", "\\\\", "")),
        ("marks", wall("", "e\u{301}", "")),
        ("owners", format!("*.rs {}", long("@o "))),
        ("spaces", format!("a{}\\ b", long(" "))),
        ("long", long("*a")),
        ("long classes", long("[")),
        ("long spaces", long("\\ ")),
    ]
}

/// Path sets that are as large as they may be.
pub fn sets() -> Vec<(&'static str, PathSetSource)> {
    let filled = |make: &dyn Fn(usize) -> String| {
        let mut room = SET_BYTES_MAX;
        let fits = (0..1_024).map(make).take_while(|text| {
            let fits = text.len() <= room;
            room = room.saturating_sub(text.len());
            fits
        });
        PathSetSource::of(fits.map(PatternSource::glob).collect::<Vec<_>>())
    };
    let less = |include: PathSetSource, exclude: PathSetSource| PathSetSource {
        include: include.include.into_iter().step_by(2).collect(),
        exclude: exclude.include.into_iter().skip(1).step_by(2).collect(),
    };
    let stars = filled(&|n| format!("*{n}{}", "*a".repeat(28)));
    let deep = filled(&|n| format!("**/d{n}{}", "/**/*a*b".repeat(7)));
    let plain = filled(&|n| format!("packages/part-{}/src/module-{n}/**/*.{{ts,tsx}}", n % 32));
    let chunks = filled(&|n| format!("*{}{n}b", "a".repeat(56)));
    let long = filled(&|n| wall(&format!("*{n}"), "*a", ""));
    let classes = filled(&|n| {
        let c = |n: usize| char::from_u32(0x4e00 + n as u32 * 3).unwrap_or('a');
        (0..6)
            .map(|k| format!("*[{}-{}a]", c(n * 6 + k), c(n * 6 + k + 900)))
            .collect()
    });
    let two_braces = PathSetSource::of(
        [
            wall(&"{*,a}".repeat(8), "*a", ""),
            wall("", "*b", &"{*,a}".repeat(8)),
        ]
        .map(PatternSource::glob),
    );
    let wide = filled(&|n| {
        let from = |k: usize| char::from_u32((33 + n % 90 + k) as u32).unwrap_or('!');
        (0..90)
            .filter(|&k| !"]\\^-[".contains(from(k)) && from(k).is_ascii())
            .map(|k| format!("[{}-\u{1e943}]", from(k)))
            .collect()
    });
    let marks = filled(&|n| format!("*{n}{}\u{301}", "*e?\u{323}".repeat(10)));
    let same = filled(&|_| wall("*", "[!-\u{1e943}]", ""));
    let dirs = filled(&|n| format!("{}{n}", "d/".repeat(60)));
    let files = PathSetSource::of(
        (0..16).map(|n| PatternSource::dir(format!("{}{n:04}", "a".repeat(PATH_BYTES_MAX - 100)))),
    );
    let stars_again = stars.clone();
    vec![
        ("stars less deep", less(stars.clone(), deep.clone())),
        ("deep less stars", less(deep.clone(), stars.clone())),
        ("plain less plain", less(plain.clone(), plain.clone())),
        ("chunks less stars", less(chunks.clone(), stars.clone())),
        (
            "all less long",
            less(PathSetSource::of(vec!["**".into(); 1]), long.clone()),
        ),
        ("stars", stars),
        ("deep", deep),
        ("plain", plain),
        ("chunks", chunks),
        ("long", long),
        ("classes", classes),
        ("two braces", two_braces),
        ("wide classes", wide),
        ("the same wide classes", same),
        ("marks", marks.clone()),
        ("marks less stars", less(marks, stars_again)),
        ("dirs", dirs),
        ("long dirs", files),
    ]
}

/// Paths as long as they may be.
pub fn paths() -> Vec<(&'static str, String)> {
    let full = |unit: &str| {
        let text = unit.repeat(PATH_BYTES_MAX / unit.len());
        text.trim_end_matches('/').to_owned()
    };
    vec![
        ("a", full("a")),
        ("ab", full("ab")),
        ("aab", full("aaaaaaaaaaaaaaab")),
        ("deep", full("aaaaaaaabaaaaaab/")),
        ("deep a", vec!["a"; 256].join("/")),
        ("marks", full("q\u{323}\u{301}")),
        ("starters", full("\u{e1}\u{17f}e")),
    ]
}
