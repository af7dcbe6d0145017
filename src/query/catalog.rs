//! What the tables are called, which columns they have, and what these mean.
//!
//! The same names hold in `views.sql` for DuckDB. Columns of records come from the segments'
//! own schema; those of computed datasets are listed here, since an archive may have no file of one.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::table::{Shape, time_type};
use crate::evidence::segment;

/// A table or view, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    pub name: &'static str,
    pub meaning: &'static str,
    pub columns: Vec<ColumnInfo>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    pub name: String,
    /// `text`, `int64`, `timestamp` …
    pub kind: String,
    /// Empty where the name says it.
    pub meaning: &'static str,
}

/// A dataset and the table of all its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dataset {
    Events,
    Access,
    People,
    Findings,
    Links,
    Reads,
}

impl Dataset {
    pub(super) const ALL: [Dataset; 6] = [
        Dataset::Events,
        Dataset::Access,
        Dataset::People,
        Dataset::Findings,
        Dataset::Links,
        Dataset::Reads,
    ];

    /// The first part of its files' paths.
    pub(super) const fn directory(self) -> &'static str {
        match self {
            Dataset::Events => "events",
            Dataset::Access => "access",
            Dataset::People => "people",
            Dataset::Findings => "findings",
            Dataset::Links => "links",
            Dataset::Reads => "reads",
        }
    }

    /// The table of all its rows: `findings` and `links` are what holds now.
    pub(super) const fn table(self) -> &'static str {
        match self {
            Dataset::Events => "events",
            Dataset::Access => "access",
            Dataset::People => "people",
            Dataset::Findings => "finding_changes",
            Dataset::Links => "link_changes",
            Dataset::Reads => "reads",
        }
    }

    pub(super) fn shape(self) -> Shape {
        let (time, order): (_, &[&str]) = match self {
            Dataset::Events => ("time", &["identity", "time", "offset", "event_index"]),
            Dataset::Access | Dataset::People => ("as_of", &[]),
            Dataset::Findings | Dataset::Links => ("told_at", &[]),
            Dataset::Reads => ("at", &[]),
        };
        Shape {
            schema: self.schema(),
            time,
            order,
        }
    }

    fn schema(self) -> SchemaRef {
        let columns: &[Declared] = match self {
            Dataset::Events => return segment::schema(),
            Dataset::Access => &ACCESS,
            Dataset::People => &PEOPLE,
            Dataset::Findings => &FINDINGS,
            Dataset::Links => &LINKS,
            Dataset::Reads => &READS,
        };
        let fields: Vec<Field> = columns.iter().map(Declared::field).collect();
        Arc::new(Schema::new(fields))
    }
}

/// A column of a computed dataset.
struct Declared(&'static str, Kind, &'static str);

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Time,
    Flag,
    Number,
    Texts,
}

impl Declared {
    fn field(&self) -> Field {
        let kind = match self.1 {
            Kind::Text => DataType::Utf8,
            Kind::Time => time_type(),
            Kind::Flag => DataType::Boolean,
            Kind::Number => DataType::Int64,
            Kind::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
        };
        Field::new(self.0, kind, true)
    }
}

use Kind::{Flag, Number, Text, Texts, Time};

const ACCESS: [Declared; 22] = [
    Declared("as_of", Time, "when it was so: the beginning of a day, UTC"),
    Declared(
        "identity",
        Text,
        "uid of the person or non-human identity; null where disputed or nobody's",
    ),
    Declared("email", Text, "their e-mail address"),
    Declared("name", Text, "their name"),
    Declared("link", Text, "linked, disputed, unlinked or non_human"),
    Declared(
        "owners",
        Text,
        "uids of those who claim or own it, separated by blanks",
    ),
    Declared("owner_state", Text, "whether the owner is employed"),
    Declared("source", Text, "the source of the account"),
    Declared("account", Text, "source:uid"),
    Declared("account_name", Text, "log-in name"),
    Declared("subject", Text, "account, grant or credential"),
    Declared("kind", Text, "what kind of grant or credential"),
    Declared("what", Text, "the group, application, role or credential"),
    Declared("privileged", Flag, "whether it is privileged"),
    Declared("since", Time, "when it began"),
    Declared("granted_by", Text, "who granted it"),
    Declared("approval", Text, "ticket or review that approved it"),
    Declared("approved_by", Text, "who approved it"),
    Declared("approved_at", Time, "when it was approved"),
    Declared("last_used", Text, "used, never, or not known"),
    Declared("last_used_at", Time, "when it was last used"),
    Declared("evidence", Text, "uids of events, separated by blanks"),
];

const PEOPLE: [Declared; 21] = [
    Declared("as_of", Time, "when it was so: the beginning of a day, UTC"),
    Declared(
        "identity",
        Text,
        "employee id; of several the one by which findings call them",
    ),
    Declared("ids", Texts, "all their employee ids"),
    Declared("email", Text, "their e-mail address"),
    Declared("name", Text, "their name"),
    Declared(
        "state",
        Text,
        "not_started, employed, on_leave, contract_over or terminated; null where HR says nothing",
    ),
    Declared(
        "hired_at",
        Time,
        "when the employment that began last began; null where no record tells of a hire",
    ),
    Declared("hired_event_uid", Text, "the event that says so"),
    Declared(
        "left_at",
        Time,
        "when the leave that began last began, a rehire or not; before the first, when it will",
    ),
    Declared("left_recorded_at", Time, "when HR wrote that down"),
    Declared("left_event_uid", Text, "the event that says so"),
    Declared(
        "contract_ends_at",
        Time,
        "the first instant after the contract in force, come or not; null where it has no end",
    ),
    Declared("contract_recorded_at", Time, "when HR wrote that down"),
    Declared("contract_event_uid", Text, "the event that says so"),
    Declared(
        "contract_ended_at",
        Time,
        "the contract's end that came last, though another may be in force since",
    ),
    Declared("contract_ended_event_uid", Text, "the event that says so"),
    Declared("department", Text, "their department"),
    Declared("title", Text, "their title"),
    Declared(
        "manager",
        Text,
        "employee id of their manager, as HR writes it",
    ),
    Declared("employment_type", Text, "employee, contractor, …"),
    Declared("evidence", Text, "uids of events, separated by blanks"),
];

const FINDINGS: [Declared; 26] = [
    Declared("told_at", Time, "when this change was told"),
    Declared("change", Number, "number of the change within its file"),
    Declared("finding_id", Text, "hash of rule, subject and opened_at"),
    Declared("rule", Text, "id of the rule"),
    Declared(
        "subject",
        Text,
        "what it is about, such as github:octo-jane",
    ),
    Declared(
        "subject_kind",
        Text,
        "account, grant, credential, device, …",
    ),
    Declared("status", Text, "open, resolved, withdrawn or exempt"),
    Declared("severity", Text, "low, medium, high or critical"),
    Declared("identity", Text, "uid of whom it concerns"),
    Declared("identity_email", Text, "their e-mail address"),
    Declared("identity_name", Text, "their name"),
    Declared("identity_kind", Text, "human or nhi"),
    Declared("account", Text, "source:uid"),
    Declared("account_source", Text, "the source of the account"),
    Declared("account_uid", Text, "the account's id at its source"),
    Declared("account_name", Text, "log-in name"),
    Declared("opened_at", Time, "when the condition became true"),
    Declared("resolved_at", Time, "when it ended"),
    Declared("detected_at", Time, "when it was noticed"),
    Declared("summary", Text, "one sentence"),
    Declared("remedy", Text, "what would resolve it"),
    Declared("controls", Texts, "controls of frameworks that it touches"),
    Declared("evidence", Texts, "uids of the events that it rests on"),
    Declared("exempt_reason", Text, "why it is accepted"),
    Declared("exempt_until", Time, "until when it is accepted"),
    Declared("form", Text, "the finding as it was sent, JSON"),
];

const LINKS: [Declared; 12] = [
    Declared("told_at", Time, "when this change was told"),
    Declared("account", Text, "source:uid"),
    Declared("account_source", Text, "the source of the account"),
    Declared("account_uid", Text, "the account's id at its source"),
    Declared("account_name", Text, "log-in name"),
    Declared(
        "identity",
        Text,
        "uid of whose it is; null where nobody's, or claimed by several",
    ),
    Declared("identity_email", Text, "their e-mail address"),
    Declared("identity_name", Text, "their name"),
    Declared("identity_kind", Text, "human or nhi"),
    Declared(
        "link",
        Text,
        "linked, disputed, unlinked, non_human, or gone",
    ),
    Declared("reason", Text, "why: policy, stated, email, …"),
    Declared("since", Time, "when a record first stated it"),
];

const READS: [Declared; 7] = [
    Declared("at", Time, "when evidence was read"),
    Declared(
        "who",
        Text,
        "user of the operating system, or caller of the API",
    ),
    Declared("via", Text, "query, export, report, prove, verify or api"),
    Declared("what", Text, "the SQL, or path and parameters"),
    Declared(
        "rows",
        Number,
        "rows given; null where it was not known before they were",
    ),
    Declared("outcome", Text, "ok, or the error"),
    Declared("host", Text, "the machine"),
];

/// What the columns of `events` mean, where the name alone does not say it.
const EVENTS: [(&str, &str); 30] = [
    ("topic", "the record's origin: topic, or path of a log file"),
    (
        "partition",
        "the record's origin: partition, 0 of a log file",
    ),
    (
        "offset",
        "the record's origin: offset, or number of the record in a log file",
    ),
    (
        "event_index",
        "which event of its record; rows with 0 count the records",
    ),
    ("received_at", "when the record was received"),
    ("event_uid", "what findings cite as evidence"),
    ("time", "when it happened"),
    (
        "time_clamped",
        "whether the stated time lay too far in the future",
    ),
    ("effective_time", "when it takes effect, where that differs"),
    ("class_uid", "class of OCSF"),
    ("activity_id", "activity of OCSF"),
    (
        "identity",
        "whom it is about, as known when written: e-mail address, else the account",
    ),
    ("account", "source:uid of whom it is about"),
    ("source", "where the record is from"),
    ("reject_reason", "why no event could be made of the record"),
    ("verb", "what was done, such as account.deactivate"),
    ("event_code", "the vendor's name of it"),
    ("outcome", "success, failure or unknown"),
    ("actor_uid", "who did it"),
    ("user_uid", "to whom it was done"),
    ("group_name", "the group concerned"),
    ("resource_kind", "application, role, policy, …"),
    ("src_ip", "where it came from"),
    ("entitlement", "what was granted or revoked"),
    ("credential_uid", "the token or key"),
    ("ticket", "the ticket that it names"),
    ("vendor_uid", "the vendor's id of the record"),
    ("raw", "the record's bytes, on the row of its first event"),
    ("day", "day of archiving, UTC"),
    ("redacted", "the patterns whose secrets were replaced in it"),
];

/// Tables and views by name, with what they hold.
pub(super) const TABLES: [(&str, &str); 12] = [
    (
        "events",
        "one row an event, with the record that it was made of",
    ),
    (
        "access",
        "daily snapshots of live access: accounts, grants, credentials",
    ),
    ("access_now", "the newest of these snapshots"),
    (
        "people",
        "daily snapshots of people: joiners, leavers, contracts",
    ),
    ("people_now", "the newest of these snapshots"),
    ("findings", "each finding as it stands now"),
    (
        "finding_changes",
        "each change of a finding, in the order told",
    ),
    ("links", "whose each account is now"),
    ("link_changes", "each change of whose an account is"),
    ("reads", "who read evidence"),
    (
        "commits",
        "the chains of commits, which prove that nothing is missing",
    ),
    ("files", "the files that commits name"),
];

/// A type in words that people know.
pub(super) fn kind(of: &DataType) -> String {
    match of {
        DataType::Utf8 => "text".to_owned(),
        DataType::Binary => "bytes".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::List(item) => format!("{}[]", kind(item.data_type())),
        DataType::Map(..) => "map".to_owned(),
        DataType::Struct(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
            format!("struct({})", names.join(", "))
        }
        other => other.to_string().to_lowercase(),
    }
}

/// What a column means, where that is known.
pub(super) fn meaning(table: &str, column: &str) -> &'static str {
    let declared: &[Declared] = match table {
        "access" | "access_now" => &ACCESS,
        "people" | "people_now" => &PEOPLE,
        "findings" | "finding_changes" => &FINDINGS,
        "links" | "link_changes" => &LINKS,
        "reads" => &READS,
        _ => &[],
    };
    let declared = declared.iter().find(|declared| declared.0 == column);
    let of_events = || {
        let known = EVENTS.iter().find(|(name, _)| *name == column);
        known.map_or("", |(_, meaning)| *meaning)
    };
    match declared {
        Some(declared) => declared.2,
        None if table == "events" => of_events(),
        None if column == "day" => "day of the file, UTC",
        None => "",
    }
}
