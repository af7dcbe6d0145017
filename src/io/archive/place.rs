//! Where an archive is, and how it is reached.

use std::borrow::Cow;

use object_store::path::Path;

use crate::config::{self, ArchivePlace, StoreSettings};

/// A directory, or a bucket with the prefix of everything in it.
#[derive(Clone, Debug)]
pub struct Place {
    /// As the operator wrote it.
    pub(super) location: String,
    pub(super) settings: StoreSettings,
}

/// A place, understood.
pub(super) enum Site<'p> {
    Directory(&'p str),
    Bucket(Bucket<'p>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket<'p> {
    pub(super) vendor: Vendor,
    /// `s3://bucket`, without the prefix.
    pub(super) url: String,
    /// What the URL names between its scheme and the prefix.
    pub(super) name: &'p str,
    pub(super) prefix: Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vendor {
    S3,
    Google,
    Azure,
}

impl Place {
    /// The archive that a config names.
    pub fn of(archive: &config::Archive) -> Self {
        let location = match &archive.place {
            ArchivePlace::Directory(path) => path.to_string_lossy().into_owned(),
            ArchivePlace::Url(url) => url.to_string(),
        };
        Place {
            location,
            settings: archive.store.clone(),
        }
    }

    /// The archive at `location`: where the config names the same, it is reached as that says.
    pub fn named(location: &str, config: Option<&config::Archive>) -> Self {
        let same =
            |place: &Place| place.location.trim_end_matches('/') == location.trim_end_matches('/');
        config
            .map(Place::of)
            .filter(same)
            .unwrap_or_else(|| Place::from(location))
    }

    /// As the operator wrote it.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// What kind of place it is; else why it is none.
    pub(super) fn site(&self) -> Result<Site<'_>, String> {
        let Some((scheme, rest)) = self.location.split_once("://") else {
            return Ok(Site::Directory(&self.location));
        };
        let vendor = match scheme {
            "file" => return Ok(Site::Directory(rest)),
            "s3" => Vendor::S3,
            "gs" => Vendor::Google,
            "az" | "abfss" => Vendor::Azure,
            _ => {
                return Err(format!(
                    "no archive can be at `{scheme}://`: name a directory, or a URL of `file://`, \
                     `s3://`, `gs://`, `az://` or `abfss://`"
                ));
            }
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(format!(
                "it names no bucket: write a URL such as `{scheme}://bucket/tenure`"
            ));
        }
        let prefix = Path::parse(prefix.trim_end_matches('/'))
            .map_err(|error| format!("its prefix is no path of objects: {error}"))?;
        Ok(Site::Bucket(Bucket {
            vendor,
            url: format!("{scheme}://{name}"),
            name,
            prefix,
        }))
    }
}

impl From<&str> for Place {
    fn from(location: &str) -> Self {
        Place {
            location: location.to_owned(),
            settings: StoreSettings::default(),
        }
    }
}

impl From<&String> for Place {
    fn from(location: &String) -> Self {
        Place::from(location.as_str())
    }
}

impl From<&Cow<'_, str>> for Place {
    fn from(location: &Cow<'_, str>) -> Self {
        Place::from(&**location)
    }
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_url_names_a_bucket_and_a_prefix() {
        let check = |location: &str, expected: (Vendor, &str, &str)| {
            let place = Place::from(location);
            let Ok(Site::Bucket(bucket)) = place.site() else {
                panic!("{location} is no bucket");
            };
            let found = (bucket.vendor, bucket.url.as_str(), bucket.prefix.as_ref());
            assert_eq!(found, expected, "{location}");
        };
        check("s3://evidence", (Vendor::S3, "s3://evidence", ""));
        check("s3://evidence/", (Vendor::S3, "s3://evidence", ""));
        check("gs://b/a/c/", (Vendor::Google, "gs://b", "a/c"));
        check("az://box/x", (Vendor::Azure, "az://box", "x"));
        let long = "abfss://box@corp.dfs.core.windows.net";
        check(&format!("{long}/x"), (Vendor::Azure, long, "x"));
    }

    #[test]
    fn the_archive_that_the_config_names_is_reached_as_it_says_and_no_other_is() {
        let config = config::Archive {
            place: ArchivePlace::Url("s3://evidence/tenure".into()),
            store: StoreSettings {
                region: Some("eu-central-1".into()),
                ..StoreSettings::default()
            },
            segment_age: Duration::ZERO,
            segment_bytes: 1,
            heartbeat: Duration::ZERO,
        };
        let region = |location: &str| Place::named(location, Some(&config)).settings.region;
        assert_eq!(
            region("s3://evidence/tenure/").as_deref(),
            Some("eu-central-1")
        );
        assert_eq!(region("s3://evidence/tenure2"), None);
        assert_eq!(
            Place::named("s3://evidence/tenure", None).settings.region,
            None
        );
    }

    #[test]
    fn what_is_no_url_is_a_directory() {
        for (location, directory) in [("a/b", "a/b"), ("file:///a/b", "/a/b"), ("s3:/b", "s3:/b")] {
            let place = Place::from(location);
            assert!(matches!(place.site(), Ok(Site::Directory(found)) if found == directory));
        }
    }

    #[test]
    fn other_urls_are_refused_with_what_to_write() {
        let why = |location: &str| Place::from(location).site().err().expect(location);
        assert!(why("ftp://x/y").starts_with("no archive can be at `ftp://`: name a directory"));
        assert!(why("s3://").starts_with("it names no bucket"));
        assert!(why("gs:///x").starts_with("it names no bucket"));
        assert!(why("s3://bucket/a//b").starts_with("its prefix is no path of objects"));
    }
}
