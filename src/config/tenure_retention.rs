//! `[retention]` of `tenure.toml`: how long what is archived is kept. What is not named here is kept
//! for ever.

use std::time::Duration;

use super::field::Field;
use super::sheet::Table;
use crate::model::Text;
use crate::model::retention::{DATASETS, Retention};

/// What the service does of its own accord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Apply {
    /// It only counts what is due: `tenure retain --apply` lets it go.
    #[default]
    Never,
    Daily,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetentionSettings {
    pub keep: Retention,
    pub apply: Apply,
}

const DAY: Duration = Duration::from_hours(24);
/// A year is never shorter than a calendar's.
const DAYS_OF_YEAR: u32 = 366;
/// A century; for ever is to say nothing.
const YEARS_MAX: u32 = 100;

pub(super) fn read(mut table: Table<'_>) -> RetentionSettings {
    let mut settings = RetentionSettings::default();
    for dataset in DATASETS {
        if let Some(days) = table.field(dataset).and_then(|field| days(&field)) {
            settings.keep.datasets.insert(dataset.into(), days);
        }
    }
    for mut source in table.field("source").into_iter().flat_map(|it| it.tables()) {
        let name = source.required("name", "write the name of a source, such as \"okta\"");
        let keep = source.required("keep", "write how long, such as \"730d\"");
        let read = name
            .and_then(|name| name.text().map(|text| (Text::from(text), name)))
            .zip(keep.and_then(|keep| days(&keep)));
        if let Some(((text, name), days)) = read
            && settings.keep.sources.insert(text, days).is_some()
        {
            name.report("is named twice", "keep one of them");
        }
        source.finish();
    }
    if let Some(field) = table.field("apply") {
        settings.apply = field.word(&["daily", "never"], apply).unwrap_or_default();
    }
    for dataset in ["links", "findings"] {
        if let (Some(kept), Some(events)) = (
            settings.keep.datasets.get(dataset),
            settings.keep.datasets.get("events"),
        ) && kept < events
        {
            table.note(format!(
                "keeps {dataset} for {kept} days and events for {events}: {dataset} are changes, so \
                 what has not changed since is then not told any more"
            ));
        }
    }
    table.finish();
    settings
}

fn apply(word: &str) -> Option<Apply> {
    match word {
        "never" => Some(Apply::Never),
        "daily" => Some(Apply::Daily),
        _ => None,
    }
}

/// Whole days, of days or years.
fn days(field: &Field<'_>) -> Option<u32> {
    let text = field.is_text().then(|| field.text()).flatten();
    if let Some(years) = text.and_then(|text| text.strip_suffix('y')) {
        let years: Option<u32> = years.trim().parse().ok();
        return match years.filter(|years| (1..=YEARS_MAX).contains(years)) {
            Some(years) => Some(years * DAYS_OF_YEAR),
            None => field.wrong(
                "is no number of years",
                "write such as \"7y\", or \"400d\"; what is kept for ever is left out",
            ),
        };
    }
    let kept = field.duration(Duration::ZERO)?;
    if kept < DAY {
        let message = format!("is `{}`, which is too short", field.written());
        return field.wrong(
            message,
            "write \"1d\" or more; what is not kept is not archived",
        );
    }
    u32::try_from(kept.as_secs().div_ceil(DAY.as_secs())).ok()
}
