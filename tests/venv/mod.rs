//! The Python that `scripts/setup` installs for tests: DuckDB, pyarrow, Polars, ocsf-json-schema, sqlglot.

use std::path::PathBuf;

#[expect(
    clippy::disallowed_methods,
    reason = "where the tests' Python lies depends on who runs them"
)]
pub fn python() -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = variable("TENURE_CACHE").map_or_else(
        || PathBuf::from(variable("HOME").expect("HOME is set")).join(".cache/tenure"),
        PathBuf::from,
    );
    let python = cache.join("venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run scripts/setup, which installs it with what tests need",
        python.display()
    );
    python
}
