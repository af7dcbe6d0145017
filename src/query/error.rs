//! Why there is no answer, in the words of whoever must act on it.

use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::common::utils::datafusion_strsim::levenshtein;
use datafusion::error::DataFusionError;

use super::identity::FUNCTIONS;
use super::objects::{Faults, FileFault};
use crate::io::archive::ArchiveError;

#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The text is at fault: whoever asked can put it right.
    #[error("{0}")]
    Sql(String),
    /// A file is not what its commit says.
    #[error(
        "{path} in archive {location} {reason}: it is not the file that its commit names \
         (`tenure verify` tells more)"
    )]
    File {
        path: String,
        location: String,
        reason: String,
    },
    #[error("the query needs more memory than its {} MiB (give it more with --memory): {reason}", .limit_bytes >> 20)]
    Memory { limit_bytes: usize, reason: String },
    #[error("the query was given up after {seconds} seconds (give it more with --timeout)")]
    Time { seconds: u64 },
    #[error("the answer has more than {rows_max} rows: ask for fewer with WHERE or LIMIT")]
    Rows { rows_max: usize },
    #[error("failed to run the query on archive {location}: {reason}")]
    Failed { location: String, reason: String },
}

impl QueryError {
    /// Whether another text could be answered.
    pub fn is_of_the_text(&self) -> bool {
        matches!(self, QueryError::Sql(_))
    }
}

/// What the words of an error depend on besides the error itself.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) location: String,
    pub(super) memory_bytes: usize,
    pub(super) tables: Vec<String>,
    pub(super) faults: Faults,
}

impl Told {
    /// An error from before anything ran: nearly always the text's.
    pub(super) fn planning(&self, error: &DataFusionError) -> QueryError {
        if let Some(fault) = self.faults.lock().ok().and_then(|mut fault| fault.take()) {
            return self.file(fault);
        }
        match error.find_root() {
            DataFusionError::SchemaError(schema, _) => QueryError::Sql(Told::schema(schema)),
            DataFusionError::SQL(parser, _) => QueryError::Sql(format!("no SQL: {parser}")),
            DataFusionError::Plan(text) => QueryError::Sql(self.plan(text)),
            // What is the same for all rows is computed before they are read.
            root @ (DataFusionError::NotImplemented(_) | DataFusionError::Execution(_)) => {
                QueryError::Sql(plain(&root.strip_backtrace()))
            }
            _ => self.running(error),
        }
    }

    pub(super) fn running(&self, error: &DataFusionError) -> QueryError {
        if let Some(fault) = self.faults.lock().ok().and_then(|mut fault| fault.take()) {
            return self.file(fault);
        }
        match error.find_root() {
            DataFusionError::ResourcesExhausted(reason) => QueryError::Memory {
                limit_bytes: self.memory_bytes,
                reason: first_line(reason).to_owned(),
            },
            DataFusionError::ArrowError(arrow, _) if is_of_values(arrow) => {
                QueryError::Sql(arrow.to_string())
            }
            root @ DataFusionError::ArrowError(arrow, _)
                if matches!(arrow.as_ref(), ArrowError::ParquetError(_)) =>
            {
                self.damaged(root)
            }
            root @ DataFusionError::ParquetError(_) => self.damaged(root),
            root => QueryError::Failed {
                location: self.location.clone(),
                reason: plain(&root.strip_backtrace()),
            },
        }
    }

    fn damaged(&self, error: &DataFusionError) -> QueryError {
        let reason = plain(&error.strip_backtrace());
        QueryError::Failed {
            location: self.location.clone(),
            reason: format!("{reason} (`tenure verify` tells which file)"),
        }
    }

    fn file(&self, fault: FileFault) -> QueryError {
        QueryError::File {
            path: fault.path,
            location: self.location.clone(),
            reason: fault.reason,
        }
    }

    fn schema(error: &SchemaError) -> String {
        let SchemaError::FieldNotFound {
            field,
            valid_fields,
        } = error
        else {
            return plain(&error.to_string());
        };
        let known = valid_fields.iter().map(|field| field.name.as_str());
        missing("column", &field.name, &known.collect::<Vec<&str>>())
    }

    fn plan(&self, text: &str) -> String {
        let text = plain(text);
        if let Some(refused) = ["DDL", "DML", "Statement"]
            .iter()
            .find_map(|kind| text.strip_prefix(&format!("{kind} not supported: ")))
        {
            return format!("{refused} is refused: evidence is only read, with SELECT");
        }
        let unquoted = |before: &str| text.strip_prefix(before)?.strip_suffix("' not found");
        if let Some(name) = unquoted("table function '") {
            let known: Vec<&str> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
            return missing("function of rows", name, &known);
        }
        let Some(name) = unquoted("table '") else {
            return text;
        };
        let name = name.rsplit('.').next().unwrap_or(name);
        let known: Vec<&str> = self.tables.iter().map(String::as_str).collect();
        missing("table", name, &known)
    }
}

/// A cast, a division or the like that these values do not allow: another text would.
fn is_of_values(error: &ArrowError) -> bool {
    matches!(
        error,
        ArrowError::CastError(_)
            | ArrowError::ParseError(_)
            | ArrowError::ComputeError(_)
            | ArrowError::InvalidArgumentError(_)
            | ArrowError::DivideByZero
            | ArrowError::ArithmeticOverflow(_)
    )
}

/// Says that there is no such thing, and what was perhaps meant.
fn missing(what: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("no {what} `{name}`, did you mean `{near}`?"),
        None if known.is_empty() => format!("no {what} `{name}`: nothing has one here"),
        None => format!("no {what} `{name}`: there are {}", known.join(", ")),
    }
}

/// The candidate that takes the fewest changes, if these are at most half of it.
fn nearest<'c>(name: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let name = name.to_lowercase();
    let distances = candidates
        .iter()
        .map(|candidate| (levenshtein(&name, candidate), *candidate));
    let (distance, candidate) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 2 <= candidate.chars().count().max(name.chars().count())).then_some(candidate)
}

/// Without the name of the kind of error, which says nothing to whoever asked.
fn plain(text: &str) -> String {
    let kinds = [
        "Error during planning: ",
        "Schema error: ",
        "Execution error: ",
        "Arrow error: ",
        "This feature is not implemented: ",
    ];
    let bare = kinds.iter().find_map(|kind| text.strip_prefix(kind));
    bare.unwrap_or(text).trim().to_owned()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}
