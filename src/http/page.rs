//! The page at `/`: one file, without anything from elsewhere.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::response::Html;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("index.html");

/// The page's own script and style are allowed by their hashes, and no others.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'self'; script-src '{}'; style-src '{}'; img-src data:; object-src 'none'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash("script"),
        hash("style")
    );
    HeaderValue::from_str(&policy).expect("base64 and our own words are visible ASCII")
});

pub(super) async fn index() -> Html<&'static str> {
    Html(PAGE)
}

pub(super) fn policy() -> HeaderValue {
    POLICY.clone()
}

fn hash(element: &str) -> String {
    let inside = inside(element).expect("the page has one script and one style: a test reads them");
    format!(
        "sha256-{}",
        BASE64_STANDARD.encode(Sha256::digest(inside.as_bytes()))
    )
}

/// What stands between the tags of the page's only such element.
fn inside(element: &str) -> Option<&'static str> {
    let (_, after) = PAGE.split_once(&format!("<{element}>"))?;
    let (inside, _) = after.split_once(&format!("</{element}>"))?;
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_script_and_one_style_and_nothing_from_elsewhere() {
        for element in ["script", "style"] {
            assert!(inside(element).is_some_and(|text| !text.is_empty()));
            assert_eq!(PAGE.matches(&format!("<{element}")).count(), 1);
        }
        for foreign in [
            "http://",
            "https://",
            "//cdn",
            " style=",
            "innerHTML",
            " onclick=",
        ] {
            assert!(!PAGE.contains(foreign), "{foreign}");
        }
    }
}
