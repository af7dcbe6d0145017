//! A timeline as a picture for a terminal: a lane for the employment, one for each account, one for
//! findings.

use anstyle::{AnsiColor, Style};

use crate::answer::{AccountLane, Bar, EntryKind, Timeline};
use crate::cli::table::harmless;
use crate::model::finding::Severity;
use crate::model::time::Timestamp;

/// Columns of the names of lanes.
const NAME_COLUMNS: usize = 26;
/// A narrower picture would show nothing.
const CHART_COLUMNS_MIN: usize = 20;
/// More accounts are counted and not drawn.
const LANES_MAX: usize = 24;

const LIVE: char = '━';
const EMPLOYED: char = '█';
const NOTHING: char = '·';
const USED: char = '•';
const OPENED: char = '◆';
const RESOLVED: char = '◇';

/// The time that a picture spans, and its columns.
struct Scale {
    from: Timestamp,
    to: Timestamp,
    columns: usize,
}

/// One column's sign, with the severity that colours it.
type Sign = (char, Option<Severity>);

/// Lines, with line ends.
pub(super) fn draw(timeline: &Timeline, width: usize, colour: bool) -> String {
    let columns = width
        .saturating_sub(NAME_COLUMNS + 1)
        .max(CHART_COLUMNS_MIN);
    let Some(scale) = Scale::of(timeline, columns) else {
        return String::new();
    };
    let mut picture = String::new();
    if !timeline.employment.is_empty() {
        let signs = scale.bars(&timeline.employment, EMPLOYED);
        picture.push_str(&line("employment", &signs, colour));
    }
    for lane in timeline.accounts.iter().take(LANES_MAX) {
        let mut signs = scale.bars(&lane.live, LIVE);
        for at in lane.used.iter().flat_map(|day| [day.first, day.last]) {
            scale.put(&mut signs, at, (USED, None));
        }
        picture.push_str(&line(&name(lane), &signs, colour));
    }
    if timeline.accounts.len() > LANES_MAX {
        let more = timeline.accounts.len() - LANES_MAX;
        picture.push_str(&format!("and {more} more accounts\n"));
    }
    picture.push_str(&line("findings", &scale.findings(timeline), colour));
    picture.push_str(&scale.axis());
    picture.push_str(&format!(
        "{:NAME_COLUMNS$} {LIVE} live  {USED} used  {OPENED} finding opened  {RESOLVED} resolved\n",
        ""
    ));
    picture
}

impl Scale {
    /// What is asked for, or else from the first to the last that is known.
    fn of(timeline: &Timeline, columns: usize) -> Option<Self> {
        let entries = timeline.entries.iter().map(|entry| entry.at);
        let first = timeline.from.or(entries.clone().min())?;
        let last = timeline
            .to
            .or(entries.max().map(|last| last.max(timeline.now)))?;
        (first < last).then_some(Scale {
            from: first,
            to: last,
            columns,
        })
    }

    /// The column of a time; `None` outside of the picture.
    fn column(&self, at: Timestamp) -> Option<usize> {
        if at < self.from || at > self.to {
            return None;
        }
        let (of, whole) = (at.since(self.from), self.to.since(self.from));
        let columns = i128::try_from(self.columns).unwrap_or(1);
        let column = i128::from(of.as_micros()) * (columns - 1) / i128::from(whole.as_micros());
        usize::try_from(column).ok()
    }

    fn bars(&self, bars: &[Bar], sign: char) -> Vec<Sign> {
        let mut signs = vec![(NOTHING, None); self.columns];
        for bar in bars {
            let until = bar.until.unwrap_or(self.to).min(self.to);
            let from = bar.from.max(self.from);
            if let (Some(first), Some(last)) = (self.column(from), self.column(until)) {
                let covered = signs.iter_mut().take(last + 1).skip(first);
                covered.for_each(|column| *column = (sign, None));
            }
        }
        signs
    }

    fn put(&self, signs: &mut [Sign], at: Timestamp, sign: Sign) {
        if let Some(place) = self.column(at).and_then(|column| signs.get_mut(column)) {
            *place = sign;
        }
    }

    /// Of several in one column the gravest that opened.
    fn findings(&self, timeline: &Timeline) -> Vec<Sign> {
        let mut signs = vec![(NOTHING, None); self.columns];
        let of = |kind| timeline.entries.iter().filter(move |it| it.kind == kind);
        for resolved in of(EntryKind::FindingResolved) {
            self.put(&mut signs, resolved.at, (RESOLVED, None));
        }
        let mut opened: Vec<_> = of(EntryKind::FindingOpened).collect();
        opened.sort_by_key(|entry| entry.severity);
        for entry in opened {
            self.put(&mut signs, entry.at, (OPENED, entry.severity));
        }
        signs
    }

    /// The days of the first and the last column.
    fn axis(&self) -> String {
        let day = |at: Timestamp| at.to_string().chars().take(10).collect::<String>();
        let between = self.columns.saturating_sub(20);
        let (from, to) = (day(self.from), day(self.to));
        format!("{:NAME_COLUMNS$} {from}{:between$}{to}\n", "", "")
    }
}

fn name(lane: &AccountLane) -> String {
    match &lane.name {
        Some(name) => format!("{}:{name}", lane.source),
        None => lane.account.to_string(),
    }
}

fn line(name: &str, signs: &[Sign], colour: bool) -> String {
    let name: String = harmless(name).chars().take(NAME_COLUMNS).collect();
    let mut line = format!("{name:NAME_COLUMNS$} ");
    for (sign, severity) in signs {
        match severity.filter(|_| colour) {
            Some(severity) => {
                let style = style_of(severity);
                line.push_str(&format!("{style}{sign}{style:#}"));
            }
            None => line.push(*sign),
        }
    }
    line.push('\n');
    line
}

fn style_of(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Critical | Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::White,
    };
    let style = Style::new().fg_color(Some(colour.into()));
    if severity == Severity::Critical {
        style.bold()
    } else {
        style
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Link, UsedDay};

    #[test]
    fn bars_dots_and_diamonds_stand_where_things_happened() {
        let at = Timestamp::from_seconds;
        let day = |number: i64| at(number * 86_400);
        let timeline = Timeline {
            identity: None,
            now: day(100),
            from: Some(day(0)),
            to: Some(day(100)),
            employment: vec![Bar {
                from: day(-50),
                until: Some(day(50)),
            }],
            accounts: vec![AccountLane {
                account: "okta:1".into(),
                source: "okta".into(),
                name: None,
                link: Link::Unlinked,
                owners: Vec::new(),
                live: vec![Bar {
                    from: day(50),
                    until: None,
                }],
                used: vec![UsedDay {
                    first: day(75),
                    last: day(75),
                }],
            }],
            entries: Vec::new(),
            left_out: 0,
        };
        let picture = draw(&timeline, NAME_COLUMNS + 1 + 21, false);
        let lines: Vec<String> = picture.lines().map(|line| line.replace(' ', "")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(
            lines.get(..4).expect("lanes"),
            [
                "employment███████████··········",
                "okta:1··········━━━━━•━━━━━",
                "findings·····················",
                "1970-01-011970-04-11",
            ]
        );
        let narrow = draw(&timeline, 0, true);
        assert!(narrow.lines().count() >= 4, "{narrow}");
    }
}
