//! The three charts: what opened and ended when, how long remedies took, and what arrived from
//! which source on which day.

use std::collections::BTreeMap;

use super::drawing::{Anchor, Area, Colour, Drawing, Length, Point, points};
use super::period::{Period, date_of};
use super::statistics::{LAST_REMEDY_BAR, REMEDY_BARS, Remedies, Stretch};
use super::table::{Cell, Table};

/// As wide as the text of a page.
const WIDTH: Length = points(520);
const HALF: Length = points(252);
const HEIGHT: Length = points(138);
const TOP: Length = points(24);
const BOTTOM: Length = points(18);
const LEFT: Length = points(26);

/// What opened and what was resolved in each stretch, and how many stood at its end.
pub fn trend(stretches: &[Stretch]) -> Drawing {
    let title = "Exceptions opened and resolved, and open at the end of each stretch";
    let mut drawing = Drawing::new(title, HALF, HEIGHT);
    let most = stretches
        .iter()
        .map(|it| it.opened.max(it.resolved).max(it.open))
        .max()
        .unwrap_or(0)
        .max(1);
    let scale = Scale::new(most);
    scale.draw(&mut drawing);
    let count = length(stretches.len()).max(1);
    let mut line = Vec::new();
    for (place, stretch) in stretches.iter().enumerate() {
        let left = LEFT + (HALF - LEFT) * length(place) / count;
        let step = (HALF - LEFT) / count;
        let bar = (step * 2 / 5).max(40);
        let mut draw = |offset: Length, number: usize, colour, what: &str| {
            let height = scale.height(number);
            let area = Area {
                x: left + offset,
                y: HEIGHT - BOTTOM - height,
                width: bar,
                height,
            };
            let hint = format!("{number} {what}, {} to {}", stretch.label, stretch.last);
            if number > 0 {
                drawing.fill(area, colour, hint);
            }
        };
        draw(step / 10, stretch.opened, Colour::OPENED, "opened");
        draw(
            step / 10 + bar,
            stretch.resolved,
            Colour::RESOLVED,
            "resolved",
        );
        line.push(Point {
            x: left + step / 2,
            y: HEIGHT - BOTTOM - scale.height(stretch.open),
        });
    }
    drawing.line(line, Colour::LINE, 110);
    let first = stretches.first().map(|it| it.label.as_str());
    let last = stretches.last().map(|it| it.last.as_str());
    ends(
        &mut drawing,
        first.unwrap_or_default(),
        last.unwrap_or_default(),
    );
    legend(
        &mut drawing,
        &[
            (Colour::OPENED, "opened"),
            (Colour::RESOLVED, "resolved"),
            (Colour::LINE, "open"),
        ],
    );
    drawing
}

/// How many remedies took how long, and how many exceptions stood at the end.
pub fn remedies(remedies: &Remedies) -> Drawing {
    let title = "How long exceptions stood: resolved ones by time to remedy, and those still open";
    let mut drawing = Drawing::new(title, HALF, HEIGHT);
    let labels = REMEDY_BARS.iter().map(|(label, _)| *label);
    let labels = labels.chain([LAST_REMEDY_BAR, "open"]);
    let mut bars: Vec<(usize, Colour)> = remedies
        .bars()
        .into_iter()
        .map(|bar| (bar, Colour::RESOLVED))
        .collect();
    bars.push((remedies.open, Colour::OPENED));
    let most = bars.iter().map(|(bar, _)| *bar).max().unwrap_or(0).max(1);
    let scale = Scale::new(most);
    scale.draw(&mut drawing);
    let count = length(bars.len());
    let step = (HALF - LEFT) / count;
    for (place, (label, (number, colour))) in labels.zip(bars).enumerate() {
        let left = LEFT + step * length(place);
        let height = scale.height(number);
        let area = Area {
            x: left + step / 8,
            y: HEIGHT - BOTTOM - height,
            width: step * 3 / 4,
            height,
        };
        let middle = |y| Point {
            x: left + step / 2,
            y,
        };
        if number > 0 {
            drawing.fill(area, colour, format!("{number}: {label}"));
            let above = middle(area.y - points(2));
            drawing.label(above, Anchor::Middle, Colour::MUTED, &number.to_string());
        }
        let below = middle(HEIGHT - points(7));
        drawing.shapes.push(super::drawing::Shape::Text {
            at: below,
            anchor: Anchor::Middle,
            size: 600,
            colour: Colour::MUTED,
            text: label.to_owned(),
        });
    }
    legend(
        &mut drawing,
        &[
            (
                Colour::RESOLVED,
                "resolved within the period, by time to remedy",
            ),
            (Colour::OPENED, "open"),
        ],
    );
    drawing
}

/// What a cell of the heat map shows.
#[derive(Clone, Copy, Debug, Default)]
struct Arrived {
    archived: i64,
    rejected: i64,
    gaps: i64,
}

/// One row a source, one column a day (or a few days, in a long period).
pub fn arrivals(reconciliation: &Table, period: &Period) -> Drawing {
    let step = period.days().div_euclid(190) + 1;
    let columns = usize::try_from((period.days() + step - 1) / step).unwrap_or(1);
    let cells = cells(reconciliation, period, step);
    let most = cells.values().flatten().map(|(_, it)| it.archived).max();
    let (row_height, names) = (points(13), points(104));
    let height = TOP + row_height * length(cells.len()) + BOTTOM;
    let title = "Records archived, by source and day; rejected records and gaps are marked";
    let mut drawing = Drawing::new(title, WIDTH, height);
    for (row, (source, days)) in cells.iter().enumerate() {
        let y = TOP + row_height * length(row);
        let at = Point {
            x: names - points(5),
            y: y + points(9),
        };
        drawing.label(at, Anchor::End, Colour::INK, &shortened(source));
        for column in 0..columns {
            let arrived = days.get(&column).copied().unwrap_or_default();
            let left = names + (WIDTH - names) * length(column) / length(columns);
            let right = names + (WIDTH - names) * length(column + 1) / length(columns);
            let area = Area {
                x: left,
                y: y + 60,
                width: (right - left - 30).max(60),
                height: row_height - 120,
            };
            let day = period.begin().day() + step * length(column);
            let hint = hint(source, &date_of(day), arrived);
            drawing.fill(area, shade(arrived.archived, most.unwrap_or(0)), hint);
            mark(&mut drawing, area, arrived);
        }
    }
    let axis = Point {
        x: names,
        y: height - points(6),
    };
    drawing.label(
        axis,
        Anchor::Start,
        Colour::MUTED,
        &period.first_day().to_string(),
    );
    let end = Point { x: WIDTH, ..axis };
    drawing.label(
        end,
        Anchor::End,
        Colour::MUTED,
        &period.last_day().to_string(),
    );
    legend(
        &mut drawing,
        &[
            (Colour::EMPTY, "nothing archived"),
            (shade(1, 100), "few"),
            (shade(100, 100), "many records"),
            (Colour::WARNING, "rejected"),
            (Colour::OPENED, "gap"),
        ],
    );
    drawing
}

type Row = BTreeMap<usize, Arrived>;

/// By source, then by column.
fn cells(reconciliation: &Table, period: &Period, step: i32) -> BTreeMap<String, Row> {
    let mut cells: BTreeMap<String, Row> = BTreeMap::new();
    for row in reconciliation.rows() {
        let source = reconciliation.text(row, "source").unwrap_or("not known");
        let Cell::Day(day) = reconciliation.cell(row, "day") else {
            continue;
        };
        let column = (day - period.begin().day()) / step;
        let days = cells.entry(source.to_owned()).or_default();
        let Ok(column) = usize::try_from(column) else {
            continue;
        };
        let arrived = days.entry(column).or_default();
        arrived.archived += reconciliation.integer(row, "archived");
        arrived.rejected += reconciliation.integer(row, "rejected");
        arrived.gaps += reconciliation.integer(row, "gap_offsets");
    }
    cells
}

fn hint(source: &str, day: &str, arrived: Arrived) -> String {
    let Arrived {
        archived,
        rejected,
        gaps,
    } = arrived;
    format!("{source}, {day}: {archived} archived, {rejected} rejected, {gaps} offsets missing")
}

fn mark(drawing: &mut Drawing, area: Area, arrived: Arrived) {
    let strip = |height| Area {
        y: area.y + area.height - height,
        height,
        ..area
    };
    if arrived.rejected > 0 {
        drawing.fill(strip(points(3)), Colour::WARNING, String::new());
    }
    if arrived.gaps > 0 {
        let top = Area {
            height: points(3),
            ..area
        };
        drawing.fill(top, Colour::OPENED, String::new());
    }
}

/// Darker by orders of magnitude: a day of many must not make all others look empty.
fn shade(number: i64, most: i64) -> Colour {
    if number <= 0 {
        return Colour::EMPTY;
    }
    let bits = |it: i64| 64 - it.unsigned_abs().leading_zeros();
    let share = (25 + 75 * bits(number) / bits(most).max(1)).min(100);
    let light = Colour(0xd5, 0xe2, 0xf1);
    light.towards(Colour::LINE, u8::try_from(share).unwrap_or(100))
}

/// A long name keeps both its ends.
fn shortened(name: &str) -> String {
    const MOST: usize = 22;
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= MOST {
        return name.to_owned();
    }
    let head: String = letters.iter().take(MOST - 7).collect();
    let tail: String = letters.iter().skip(letters.len() - 6).collect();
    format!("{head}…{tail}")
}

/// The left axis: from nothing to a round number above the most.
struct Scale {
    top: usize,
}

impl Scale {
    fn new(most: usize) -> Self {
        let mut top = 1;
        let mut round = [2, 5, 10].into_iter().cycle();
        let mut decade = 1;
        while top < most {
            let step = round.next().unwrap_or(10);
            top = decade * step;
            if step == 10 {
                decade *= 10;
            }
        }
        Scale { top }
    }

    fn height(&self, number: usize) -> Length {
        let whole = i64::from(HEIGHT - TOP - BOTTOM);
        let number = i64::try_from(number).unwrap_or(i64::MAX / whole);
        let top = i64::try_from(self.top).unwrap_or(i64::MAX);
        Length::try_from(whole * number / top.max(1)).unwrap_or(HEIGHT)
    }

    fn draw(&self, drawing: &mut Drawing) {
        let mut lines = vec![0, self.top];
        if self.top.is_multiple_of(2) {
            lines.push(self.top / 2);
        }
        for number in lines {
            let y = HEIGHT - BOTTOM - self.height(number);
            let from = Point { x: LEFT, y };
            let to = Point {
                x: drawing.width,
                y,
            };
            drawing.line(vec![from, to], Colour::RULE, 50);
            let at = Point {
                x: LEFT - points(4),
                y: y + points(2),
            };
            drawing.label(at, Anchor::End, Colour::MUTED, &number.to_string());
        }
    }
}

fn ends(drawing: &mut Drawing, first: &str, last: &str) {
    let y = HEIGHT - points(6);
    let at = Point { x: LEFT, y };
    drawing.label(at, Anchor::Start, Colour::MUTED, first);
    if first != last {
        let at = Point {
            x: drawing.width,
            y,
        };
        drawing.label(at, Anchor::End, Colour::MUTED, last);
    }
}

fn legend(drawing: &mut Drawing, entries: &[(Colour, &str)]) {
    let mut x = 0;
    for (colour, text) in entries {
        let area = Area {
            x,
            y: points(2),
            width: points(7),
            height: points(7),
        };
        drawing.fill(area, *colour, String::new());
        let at = Point {
            x: x + points(10),
            y: points(8) + 40,
        };
        drawing.label(at, Anchor::Start, Colour::MUTED, text);
        x += points(20) + length(text.chars().count()) * 385;
    }
}

fn length(number: usize) -> Length {
    Length::try_from(number).unwrap_or(Length::MAX / 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_that_nothing_exceeds() {
        let top = |most| Scale::new(most).top;
        assert_eq!(
            [1, 2, 3, 6, 11, 21, 99, 101].map(top),
            [1, 2, 5, 10, 20, 50, 100, 200]
        );
        let scale = Scale::new(7);
        assert_eq!(scale.height(10), HEIGHT - TOP - BOTTOM);
        assert_eq!(scale.height(0), 0);
    }

    #[test]
    fn few_records_never_look_like_none() {
        assert_eq!(shade(0, 1_000_000), Colour::EMPTY);
        assert_ne!(shade(1, 1_000_000), Colour::EMPTY);
        assert_eq!(shade(1_000_000, 1_000_000), Colour::LINE);
    }

    #[test]
    fn a_long_name_is_cut_in_its_middle() {
        assert_eq!(shortened("okta"), "okta");
        assert_eq!(
            shortened("a-very-long-source-name@eu-west"),
            "a-very-long-sou…u-west"
        );
    }
}
