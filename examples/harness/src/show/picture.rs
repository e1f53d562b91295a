//! A causal chain drawn on a time axis, as SVG: a lane for each sort of thing, a dot for each hop, a
//! curve from each to the one that led to it. Coordinates are whole pixels.

use std::collections::BTreeMap;

use loom_core::model::{MadeBy, Timestamp};
use loom_core::provenance::{Hop, Kind, Trace};
use svg::node::element::{Circle, Group, Line, Path, Rectangle, Text, Title};
use svg::{Document, Node};

use super::provenance::{because, hop as hop_text, maker};
use super::why::short;

/// The most hops that are drawn; the rest is counted.
const HOPS_DRAWN_MAX: usize = 300;
/// The most characters of a label.
const LABEL_CHARS_MAX: usize = 44;

const WIDTH: i64 = 1_280;
/// Where the axis begins and ends.
const LEFT: i64 = 150;
const RIGHT: i64 = 1_230;
const TOP: i64 = 64;
const ROW: i64 = 24;
/// Room above and below the rows of a lane.
const LANE_PAD: i64 = 12;
/// A guess at how wide a character of a label is; labels that come close to each other get rows of
/// their own.
const CHAR: i64 = 7;
const RADIUS: i64 = 6;

const LANES: &[(&str, &[Kind])] = &[
    ("incidents", &[Kind::Incident, Kind::Resolution]),
    ("deploys", &[Kind::Deploy]),
    ("changes", &[Kind::Change]),
    ("checks", &[Kind::Verification, Kind::Review]),
    ("word given", &[Kind::Claim, Kind::Decision, Kind::Approval]),
    (
        "runs",
        &[
            Kind::Run,
            Kind::Ending,
            Kind::Loop,
            Kind::Artifact,
            Kind::Repo,
        ],
    ),
    (
        "people",
        &[Kind::Person, Kind::Service, Kind::Agent, Kind::Author],
    ),
];

/// Steps between marks on the axis, in seconds.
const STEPS_S: &[u64] = &[
    1,
    5,
    15,
    30,
    60,
    300,
    600,
    900,
    1_800,
    3_600,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    2_592_000,
    7_776_000,
    31_536_000,
    315_360_000,
];
const MARKS_MAX: u64 = 8;

/// The chain as the text of an SVG file.
pub(crate) fn trace_svg(trace: &Trace) -> String {
    let hops: Vec<&Hop> = trace.hops.iter().take(HOPS_DRAWN_MAX).collect();
    let axis = Axis::of(trace, &hops);
    let placed = place(&hops, &axis);
    let bottom = placed.bottom;
    let mut document = Document::new()
        .set("viewBox", (0, 0, WIDTH, bottom + 56))
        .set("width", WIDTH)
        .set("height", bottom + 56)
        .set("font-family", "Helvetica, Arial, sans-serif")
        .set("font-size", 12)
        .add(
            Rectangle::new()
                .set("width", "100%")
                .set("height", "100%")
                .set("fill", "#ffffff"),
        )
        .add(
            text(16, 28, &title(&hops))
                .set("font-size", 17)
                .set("font-weight", "bold"),
        );
    axis.draw(&mut document, bottom);
    for (name, top, height) in &placed.lanes {
        let line = Line::new()
            .set("x1", 16)
            .set("x2", WIDTH - 16)
            .set("y1", *top)
            .set("y2", *top);
        document.append(line.set("stroke", "#d8dee4"));
        document.append(text(16, top + height / 2 + 4, name).set("fill", "#57606a"));
    }
    let mut dots = Group::new();
    for (hop, spot) in hops.iter().zip(&placed.spots) {
        let from = hop
            .from
            .and_then(|from| placed.spots.get(usize::try_from(from).ok()?));
        if let Some(from) = from {
            document.append(curve(from, spot));
        }
        dots.append(dot(hop, spot));
    }
    document.append(dots);
    legend(
        &mut document,
        bottom + 34,
        trace.hops.len() - hops.len(),
        trace.more,
    );
    document.to_string()
}

fn title(hops: &[&Hop]) -> String {
    let Some(first) = hops.first() else {
        return "Nothing is known to have led here within the window".to_owned();
    };
    match first.from.is_none() && hops.iter().filter(|hop| hop.from.is_none()).count() == 1 {
        true => cut(
            &format!("What led to {} {}", first.node.kind, short(&first.node.id)),
            100,
        ),
        false => "What led here".to_owned(),
    }
}

/// The time axis.
struct Axis {
    from: Timestamp,
    until: Timestamp,
}

impl Axis {
    /// From the first to the last of what happened within the window, and of changes, whatever their
    /// age. Runs and what stands behind them may be much older; they stand at the left edge.
    fn of(trace: &Trace, hops: &[&Hop]) -> Axis {
        let is_told = |at: Timestamp, hop: &Hop| at >= trace.since || hop.node.kind == Kind::Change;
        let times = hops
            .iter()
            .filter_map(|hop| hop.at.filter(|at| is_told(*at, hop)));
        let (from, until) = times.fold((trace.until, trace.since), |(from, until), at| {
            (from.min(at), until.max(at))
        });
        let (from, until) = match from > until {
            true => (trace.since, trace.until),
            false => (from, until),
        };
        // What happened at one moment gets room around it.
        let room = (until.since_ms(from) / 16).max(30_000);
        Axis {
            from: from.minus_ms(room),
            until: until.plus_ms(room),
        }
    }

    fn x(&self, at: Timestamp) -> i64 {
        let whole = i128::from(self.until.since_ms(self.from).max(1));
        let share = i128::from(at.since_ms(self.from)) * i128::from(RIGHT - LEFT) / whole;
        (LEFT + i64::try_from(share).unwrap_or(0)).min(RIGHT)
    }

    fn draw(&self, document: &mut Document, bottom: i64) {
        let whole_s = self.until.since_ms(self.from) / 1_000;
        let step = STEPS_S.iter().find(|step| whole_s / **step < MARKS_MAX);
        let step_ms = i64::try_from(step.copied().unwrap_or(u64::MAX / 1_000) * 1_000);
        let step_ms = step_ms.unwrap_or(i64::MAX);
        let mut at_ms = (self.from.as_ms() / step_ms)
            .saturating_add(1)
            .saturating_mul(step_ms);
        let days = whole_s > 172_800;
        let mut day = String::new();
        while at_ms <= self.until.as_ms() {
            let Ok(at) = Timestamp::from_ms(at_ms) else {
                break;
            };
            let x = self.x(at);
            let line = Line::new()
                .set("x1", x)
                .set("x2", x)
                .set("y1", TOP - 8)
                .set("y2", bottom);
            document.append(line.set("stroke", "#eef1f4"));
            let full = at.to_string();
            let (date, clock) = (
                full.get(..10).unwrap_or_default(),
                full.get(11..19).unwrap_or_default(),
            );
            let label = match (days, date == day) {
                (true, _) => date.to_owned(),
                (false, true) => clock.to_owned(),
                (false, false) => format!("{date} {clock}"),
            };
            date.clone_into(&mut day);
            let label = text(x, TOP - 12, &label).set("text-anchor", "middle");
            document.append(label.set("fill", "#57606a").set("font-size", 11));
            at_ms = at_ms.saturating_add(step_ms);
        }
    }
}

/// Where a hop is drawn.
#[derive(Clone, Copy, Default)]
struct Spot {
    x: i64,
    y: i64,
    /// The label stands on the left.
    is_left: bool,
    /// It is older than the axis.
    is_older: bool,
}

struct Placed {
    spots: Vec<Spot>,
    /// Name, top and height.
    lanes: Vec<(&'static str, i64, i64)>,
    bottom: i64,
}

/// Gives each hop the first row of its lane in which its label fits.
fn place(hops: &[&Hop], axis: &Axis) -> Placed {
    let mut times: Vec<Option<Timestamp>> = Vec::with_capacity(hops.len());
    for hop in hops {
        // Who is only ever named stands where they were named.
        let named_at = hop
            .from
            .and_then(|from| *times.get(usize::try_from(from).ok()?)?);
        let own = hop.at.filter(|_| hop.node.kind != Kind::Loop);
        times.push(own.or(named_at).or(hop.at));
    }
    let mut by_lane: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (nth, hop) in hops.iter().enumerate() {
        let lane = LANES
            .iter()
            .position(|(_, kinds)| kinds.contains(&hop.node.kind));
        by_lane.entry(lane.unwrap_or(0)).or_default().push(nth);
    }
    let mut placed = Placed {
        spots: vec![Spot::default(); hops.len()],
        lanes: Vec::new(),
        bottom: TOP,
    };
    for (lane, mut members) in by_lane {
        let x = |nth: usize| times[nth].map_or(LEFT, |at| axis.x(at));
        members.sort_by_key(|nth| (x(*nth), *nth));
        let mut rows: Vec<Vec<(i64, i64)>> = Vec::new();
        for nth in members {
            let x = x(nth);
            let chars = i64::try_from(label(hops[nth]).chars().count()).unwrap_or(0);
            let width = RADIUS + 6 + chars * CHAR;
            let is_left = x + width > WIDTH - 16;
            let (from, until) = match is_left {
                true => (x - width, x + RADIUS + 4),
                false => (x - RADIUS - 4, x + width),
            };
            let fits = |row: &Vec<(i64, i64)>| row.iter().all(|(a, b)| until < *a || *b < from);
            let row = rows.iter().position(fits).unwrap_or(rows.len());
            if row == rows.len() {
                rows.push(Vec::new());
            }
            rows[row].push((from, until));
            placed.spots[nth] = Spot {
                x,
                y: placed.bottom + LANE_PAD + i64::try_from(row).unwrap_or(0) * ROW + ROW / 2,
                is_left,
                is_older: times[nth].is_some_and(|at| at < axis.from),
            };
        }
        let height = i64::try_from(rows.len()).unwrap_or(0) * ROW + 2 * LANE_PAD;
        let name = LANES.get(lane).map_or("", |(name, _)| name);
        placed.lanes.push((name, placed.bottom, height));
        placed.bottom += height;
    }
    placed
}

fn dot(hop: &Hop, spot: &Spot) -> Group {
    let fill = colour(hop);
    let circle = Circle::new()
        .set("cx", spot.x)
        .set("cy", spot.y)
        .set("r", RADIUS);
    let circle = match hop.unknown {
        true => circle.set("fill", "#ffffff").set("stroke-dasharray", "2 2"),
        false => circle.set("fill", fill),
    };
    let (x, anchor) = match spot.is_left {
        true => (spot.x - RADIUS - 5, "end"),
        false => (spot.x + RADIUS + 5, "start"),
    };
    let older = if spot.is_older { "‹ " } else { "" };
    let label = text(x, spot.y + 4, &format!("{older}{}", label(hop)));
    // A halo keeps the label readable where a curve passes.
    let label = label
        .set("text-anchor", anchor)
        .set("fill", "#1f2328")
        .set("stroke", "#ffffff")
        .set("stroke-width", 3)
        .set("paint-order", "stroke");
    let at = hop.at.map_or_else(String::new, |at| format!(", {at}"));
    let told = format!(
        "#{} {}: {}{at}",
        hop.nth,
        because(hop.reason),
        hop_text(hop)
    );
    Group::new()
        .add(Title::new(visible(&told)))
        .add(circle.set("stroke", fill).set("stroke-width", 2))
        .add(label)
}

fn curve(from: &Spot, to: &Spot) -> Path {
    let bend = match from.y == to.y {
        true => ROW / 2 + 4,
        false => 0,
    };
    let middle = (from.y + to.y) / 2 - bend;
    let line = format!(
        "M{} {} C{} {middle} {} {middle} {} {}",
        from.x, from.y, from.x, to.x, to.x, to.y
    );
    Path::new()
        .set("d", line)
        .set("fill", "none")
        .set("stroke", "#afb8c1")
        .set("stroke-width", 1)
}

/// Colours that stay apart for eyes that see fewer of them.
fn colour(hop: &Hop) -> &'static str {
    match (hop.node.kind, hop.made_by) {
        (Kind::Incident | Kind::Resolution, _) => "#d55e00",
        (Kind::Deploy, _) => "#e69f00",
        (_, Some(made_by)) => colour_of(made_by),
        (Kind::Person, _) => colour_of(MadeBy::Human),
        (Kind::Run | Kind::Loop | Kind::Agent, _) => colour_of(MadeBy::Loop),
        _ => colour_of(MadeBy::Unknown),
    }
}

const fn colour_of(made_by: MadeBy) -> &'static str {
    match made_by {
        MadeBy::Human => "#009e73",
        MadeBy::Loop => "#0072b2",
        MadeBy::Mixed => "#cc79a7",
        MadeBy::Unknown => "#8c959f",
    }
}

fn legend(document: &mut Document, y: i64, left_out: usize, more: u64) {
    let mut x = LEFT;
    for made_by in [MadeBy::Human, MadeBy::Loop, MadeBy::Mixed, MadeBy::Unknown] {
        let circle = Circle::new().set("cx", x).set("cy", y - 4).set("r", RADIUS);
        document.append(circle.set("fill", colour_of(made_by)));
        let name = maker(made_by);
        document.append(text(x + 11, y, name).set("fill", "#57606a"));
        x += 40 + i64::try_from(name.len()).unwrap_or(0) * CHAR;
    }
    document.append(text(x, y, "‹ is older than the axis").set("fill", "#57606a"));
    x += 180;
    let more = more.saturating_add(left_out as u64);
    if more > 0 {
        let more = format!("and {more} hops that are not drawn");
        document.append(text(x, y, &more).set("fill", "#57606a"));
    }
}

/// What stands beside a dot.
fn label(hop: &Hop) -> String {
    let kind = hop.node.kind;
    let id = match (&hop.commit, kind) {
        (Some(commit), Kind::Change) => short(commit.as_str()),
        _ => short(&hop.node.id),
    };
    let words = hop.words.as_ref().and_then(|words| words.text.as_deref());
    let said = match (words, hop.paths.first(), &hop.label) {
        (Some(words), ..) => format!(" {words}"),
        (None, Some(path), _) => format!(" {path}"),
        (None, None, Some(label)) => format!(" {label}"),
        _ => String::new(),
    };
    let verdict = hop
        .verdict
        .as_ref()
        .map(|it| format!(" {it}"))
        .unwrap_or_default();
    let kind = match kind {
        Kind::Change | Kind::Incident | Kind::Deploy => String::new(),
        kind => format!("{kind} "),
    };
    cut(&format!("{kind}{id}{verdict}{said}"), LABEL_CHARS_MAX)
}

fn cut(label: &str, chars_max: usize) -> String {
    let label = visible(label);
    if label.chars().count() <= chars_max {
        return label;
    }
    let kept: String = label.chars().take(chars_max - 1).collect();
    format!("{}…", kept.trim_end())
}

/// Without characters that XML cannot hold or that turn the direction of text.
fn visible(text: &str) -> String {
    let quoted = loom_core::view::quoted(text, usize::MAX);
    quoted.trim_matches('"').to_owned()
}

fn text(x: i64, y: i64, content: &str) -> Text {
    Text::new(content).set("x", x).set("y", y)
}
