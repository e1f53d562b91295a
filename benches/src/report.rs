//! The lines of a run, as a table for people and as JSON for programs.

use std::borrow::Cow;
use std::io::Write;

use serde_json::{Value, json};

use crate::Outcome;
use crate::measure::schedule;

const FILE: &str = "target/bench.json";

/// One figure.
pub(crate) struct Line {
    name: String,
    n: u64,
    ours_ns: Option<f64>,
    peer: Option<(Cow<'static, str>, f64)>,
    /// What is no time: its unit and how many.
    count: Option<(&'static str, f64)>,
    promise: Option<Promise>,
}

/// What is promised of a line.
#[derive(Clone, Copy)]
pub(crate) enum Promise {
    /// Times faster than the peer, at least.
    Ratio(f64),
    /// Nanoseconds, at most.
    Within(f64),
    /// So many a second, at least.
    PerSecond(f64),
    /// What is no time: so many, at most.
    Counted(f64),
}

impl Line {
    pub(crate) fn timed(name: impl Into<String>, n: u64, ours_ns: f64) -> Line {
        Line {
            ours_ns: Some(ours_ns),
            ..Line::counted(name, n, "", 0.0).without_count()
        }
    }

    /// A figure that is no time.
    pub(crate) fn counted(name: impl Into<String>, n: u64, unit: &'static str, count: f64) -> Line {
        Line {
            name: name.into(),
            n,
            ours_ns: None,
            peer: None,
            count: Some((unit, count)),
            promise: None,
        }
    }

    fn without_count(self) -> Line {
        Line {
            count: None,
            ..self
        }
    }

    pub(crate) fn beside(self, peer: impl Into<Cow<'static, str>>, peer_ns: f64) -> Line {
        Line {
            peer: Some((peer.into(), peer_ns)),
            ..self
        }
    }

    pub(crate) fn and_counted(self, unit: &'static str, count: f64) -> Line {
        Line {
            count: Some((unit, count)),
            ..self
        }
    }

    pub(crate) fn promised(self, promise: Promise) -> Line {
        Line {
            promise: Some(promise),
            ..self
        }
    }

    fn ratio(&self) -> Option<f64> {
        Some(self.peer.as_ref()?.1 / self.ours_ns?)
    }

    /// Whether the promise is kept; `None` where nothing was promised.
    fn is_met(&self) -> Option<bool> {
        Some(match self.promise? {
            Promise::Ratio(least) => self.ratio()? >= least,
            Promise::Within(most) => self.ours_ns? <= most,
            Promise::PerSecond(least) => 1e9 / self.ours_ns? >= least,
            Promise::Counted(most) => self.count?.1 <= most,
        })
    }

    fn json(&self) -> Value {
        let mut line = json!({
            "name": self.name,
            "n": self.n,
            "ours_ns": self.ours_ns.map(rounded),
            "peer": self.peer.as_ref().map(|(name, _)| name),
            "peer_ns": self.peer.as_ref().map(|(_, ns)| rounded(*ns)),
            "ratio": self.ratio().map(rounded),
        });
        if let Some((unit, count)) = self.count {
            line[unit] = json!(rounded(count));
        }
        if let (Some(promise), Some(met)) = (self.promise, self.is_met()) {
            line["promise"] = json!(promise.words());
            line["met"] = json!(met);
        }
        line
    }

    fn text(&self) -> String {
        let ours = self.ours_ns.map(time).unwrap_or_default();
        let (peer, ratio) = match (&self.peer, self.ratio()) {
            (Some((name, ns)), Some(ratio)) => {
                (format!("{} {name}", time(*ns)), format!("{ratio:.2}x"))
            }
            _ => Default::default(),
        };
        let count = match self.count {
            Some((unit, count)) => format!("{count:.0} {unit}"),
            None => String::new(),
        };
        let held = match (self.promise, self.is_met()) {
            (Some(promise), Some(true)) => format!("{}: met", promise.words()),
            (Some(promise), Some(false)) => format!("{}: SHORT", promise.words()),
            _ => String::new(),
        };
        let Line { name, n, .. } = self;
        let text =
            format!("{name:<52} {n:>9} {ours:>10} {ratio:>10} {count:>15}  {peer:<36} {held}");
        text.trim_end().to_owned()
    }
}

impl Promise {
    fn words(self) -> String {
        match self {
            Promise::Ratio(least) => format!(">= {least}x"),
            Promise::Within(most) => format!("<= {}", time(most)),
            Promise::PerSecond(least) => format!(">= {least}/s"),
            Promise::Counted(most) => format!("<= {most}"),
        }
    }
}

/// A run: its lines are printed as they come and written down at the end.
pub(crate) struct Report {
    lines: Vec<Line>,
    schedule: Option<(f64, f64)>,
}

impl Report {
    pub(crate) fn begin() -> Report {
        println!(
            "{:<52} {:>9} {:>10} {:>10} {:>15}  {:<36} promise",
            "", "n", "ours", "ratio", "", "peer"
        );
        let schedule = schedule();
        Report {
            lines: Vec::new(),
            schedule,
        }
    }

    pub(crate) fn add(&mut self, line: Line) {
        println!("{}", line.text());
        // A reader of a pipe should see a line when it is there.
        let _ = std::io::stdout().flush();
        self.lines.push(line);
    }

    pub(crate) fn finish(self) -> Outcome {
        let short = self
            .lines
            .iter()
            .filter(|line| line.is_met() == Some(false));
        let promised = self.lines.iter().filter(|line| line.promise.is_some());
        println!("\n{} of {} promises short", short.count(), promised.count());
        if let (Some((ran, waited)), Some((ran_now, waited_now))) = (self.schedule, schedule()) {
            let (ran, waited) = (ran_now - ran, waited_now - waited);
            let share = 100.0 * waited / (ran + waited);
            println!("the machine was busy for {share:.0}% of the time that this wanted a core");
        }
        std::fs::create_dir_all("target")?;
        let lines: Vec<Value> = self.lines.iter().map(Line::json).collect();
        std::fs::write(FILE, serde_json::to_string_pretty(&lines)? + "\n")?;
        println!("written to {FILE}");
        Ok(())
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
