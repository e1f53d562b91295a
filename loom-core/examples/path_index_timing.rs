//! What the path index costs at a size: `cargo run --release --example path_index_timing -- 1000000`.
//! Times are nanoseconds; a median is over single calls.

use std::hint::black_box;
use std::time::Instant;

use loom_core::path::{PathIndex, PathRules, Pattern, RepoPath};

fn main() -> Result<(), loom_core::error::Error> {
    let n: u64 = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let rules = PathRules::default();
    for shape in ["file", "bare", "flat", "wild"] {
        let text = |i: u64| {
            let (a, b) = (mix(i) % 100_000_000, mix(i + n) % 100_000_000);
            match shape {
                "flat" => format!("src/file_{b}.rs"),
                "wild" => format!("src/mod_{b}*"),
                _ => format!("src/dir_{a}/file_{b}.rs"),
            }
        };
        let compile = |i: u64| match shape {
            "file" | "flat" => Pattern::file(&text(i), rules),
            _ => Pattern::glob(&text(i), rules),
        };
        let before = resident_kib();
        let mut index = PathIndex::new(rules);
        let start = Instant::now();
        for i in 0..n {
            index.insert(&compile(i)?, i);
        }
        let built = start.elapsed().as_nanos() as u64 / n;
        let grown = (resident_kib() - before) * 1024 / n;
        println!("{shape}: n={n} build {built} ns/entry, {grown} resident bytes/entry");
        index.insert(&Pattern::glob("**/*.rs", rules)?, n);
        index.insert(&Pattern::dir("src/dir_7", rules)?, n + 1);

        let paths: Vec<RepoPath> = (0..20_000)
            .map(|i| RepoPath::parse(&text(mix(i) % n).replace('*', "x"), &rules))
            .collect::<Result<_, _>>()?;
        let mut times = Vec::new();
        let mut visits = 0;
        for path in &paths {
            let start = Instant::now();
            let (keys, visited) = index.by_path_counted(path)?;
            times.push(start.elapsed().as_nanos() as u64);
            visits += visited;
            black_box(keys);
        }
        report("by_path", times, visits / 20_000);

        let mut times = Vec::new();
        let pairs: Vec<Pattern> = (0..20_000)
            .map(|i| compile(i * 7919 % (n * 2)))
            .collect::<Result<_, _>>()?;
        for (i, pattern) in pairs.iter().enumerate() {
            let key = n + 10 + i as u64;
            let start = Instant::now();
            index.insert(pattern, key);
            index.remove(pattern, key)?;
            times.push(start.elapsed().as_nanos() as u64);
        }
        report("insert+remove", times, 0);

        let start = Instant::now();
        let bytes: std::sync::Arc<[u8]> = index.freeze()?.into();
        let (froze, length) = (start.elapsed().as_micros(), bytes.len() as u64);
        let mut times = Vec::new();
        for path in paths.iter().step_by(100) {
            let bytes = bytes.clone();
            let start = Instant::now();
            black_box(PathIndex::<u64>::thaw(bytes)?.by_path(path)?);
            times.push(start.elapsed().as_nanos() as u64);
        }
        println!("  freeze: {froze} us, {} bytes/entry", length / n);
        report("thaw and first by_path", times, 0);

        let known = text(5);
        let (dir, name) = known.rsplit_once('/').unwrap_or(("", &known));
        let name = name.replace('*', "x");
        for query in [
            format!("src/*/{name}"),
            format!("**/{name}"),
            format!("**/*{}", &name[name.len().saturating_sub(9)..]),
            format!("{dir}/*.rs"),
            format!("src/*{}", &name[name.len().saturating_sub(9)..]),
            format!("src/dir_12345*/{name}"),
            "src/dir_12345*".to_owned(),
            "docs/**".to_owned(),
        ] {
            let pattern = Pattern::glob(&query, rules)?;
            let start = Instant::now();
            let (keys, visits) = index.by_pattern_counted(&pattern)?;
            let took = start.elapsed().as_nanos();
            println!(
                "  {query}: {} answers, {visits} visits, {took} ns",
                keys.len()
            );
        }
    }
    Ok(())
}

fn report(what: &str, mut times: Vec<u64>, visits: u64) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "  {what}: p50 {} p99 {} ns, {visits} visits",
        at(50),
        at(99)
    );
}

/// splitmix64.
fn mix(i: u64) -> u64 {
    let mut z = i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}
