//! Logs on standard error: for people on a terminal, as JSON otherwise.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// What is logged where nobody asks for more: the store's own housekeeping is nobody's news.
const DEFAULT_FILTER: &str = "info,fjall=warn,lsm_tree=warn";

#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    #[error("`{filter}` is no log filter such as info or tenure=debug,warn: {cause}")]
    Filter { filter: String, cause: ParseError },
    #[error("logging was set up before: {0}")]
    Twice(#[from] TryInitError),
}

/// Sets logging up for the process; without a `filter`, `info`.
pub fn init(filter: Option<&str>) -> Result<(), LoggingError> {
    let filter = parse(filter.unwrap_or(DEFAULT_FILTER))?;
    let registry = tracing_subscriber::registry().with(filter);
    if io::stderr().is_terminal() {
        let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
        registry.with(layer).try_init()?;
    } else {
        let layer = tracing_subscriber::fmt::layer().json().flatten_event(true);
        registry.with(layer.with_writer(io::stderr)).try_init()?;
    }
    Ok(())
}

fn parse(filter: &str) -> Result<EnvFilter, LoggingError> {
    EnvFilter::try_new(filter).map_err(|cause| LoggingError::Filter {
        filter: filter.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        assert!(parse("tenure=debug,warn").is_ok());
        let error = parse("tenure=loudly").expect_err("no level").to_string();
        assert!(
            error.starts_with("`tenure=loudly` is no log filter"),
            "{error}"
        );
    }
}
