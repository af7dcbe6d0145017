//! The archive's object store as DataFusion asks for it, which stands on an older version of the
//! same interface. Read-only, and only what commits name: a file of another size than its commit
//! says, or with other bytes where hashes are compared, is not read.

use std::collections::{HashMap, HashSet};
use std::error::Error as _;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store as theirs;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store as ours;
use object_store::ObjectStoreExt;
use theirs::path::Path;

use crate::evidence::commit::FileRef;
use crate::evidence::leaf::Sha256Hash;

/// A file is not what its commit says, or is not there.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{path} {reason}")]
pub(super) struct FileFault {
    pub(super) path: String,
    pub(super) reason: String,
}

/// How a file is held against its commit before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Check {
    /// Its size.
    #[default]
    Size,
    /// Its size, and the hash of all its bytes when it is first read.
    Hash,
}

/// The last file that was not what its commit says: on the way through readers of Parquet an error
/// becomes a text.
pub(super) type Faults = Arc<Mutex<Option<FileFault>>>;

pub(super) struct Objects {
    inner: Arc<dyn ours::ObjectStore>,
    files: HashMap<String, FileRef>,
    check: Check,
    faults: Faults,
    /// Paths of files that are what their commits say.
    admitted: Mutex<HashSet<String>>,
}

impl Objects {
    pub(super) fn new(
        inner: Arc<dyn ours::ObjectStore>,
        files: impl IntoIterator<Item = FileRef>,
        check: Check,
        faults: Faults,
    ) -> Self {
        let files = files.into_iter().map(|file| (file.path.clone(), file));
        Objects {
            inner,
            files: files.collect(),
            check,
            faults,
            admitted: Mutex::default(),
        }
    }

    fn known(&self, path: &Path) -> theirs::Result<&FileRef> {
        let file = self.files.get(path.as_ref());
        file.ok_or_else(|| refused("reading what no commit names"))
    }

    fn note(&self, error: &theirs::Error) {
        let fault = error
            .source()
            .and_then(|source| source.downcast_ref::<FileFault>());
        if let (Some(fault), Ok(mut last)) = (fault, self.faults.lock()) {
            *last = Some(fault.clone());
        }
    }

    /// Holds a file against its commit, before anything of it is used: once, unless two ask at the
    /// same time.
    async fn admit(&self, file: &FileRef) -> theirs::Result<()> {
        let admitted = self.admitted.lock();
        if admitted.is_ok_and(|admitted| admitted.contains(&file.path)) {
            return Ok(());
        }
        let path = ours::path::Path::from(file.path.as_str());
        let size = match self.check {
            Check::Size => self.inner.head(&path).await.map(|meta| meta.size),
            Check::Hash => {
                let read = async { self.inner.get(&path).await?.bytes().await };
                let bytes = read.await.map_err(|error| converted(error, file))?;
                let size = bytes.len() as u64;
                if size == file.bytes && Sha256Hash::of(&bytes) != file.sha256 {
                    return Err(faulty(file, "has other bytes".to_owned()));
                }
                Ok(size)
            }
        };
        let size = size.map_err(|error| converted(error, file))?;
        if size != file.bytes {
            let bytes = file.bytes;
            return Err(faulty(file, format!("has {size} bytes instead of {bytes}")));
        }
        if let Ok(mut admitted) = self.admitted.lock() {
            admitted.insert(file.path.clone());
        }
        Ok(())
    }
}

#[async_trait]
impl theirs::ObjectStore for Objects {
    async fn get_opts(
        &self,
        location: &Path,
        options: theirs::GetOptions,
    ) -> theirs::Result<theirs::GetResult> {
        let file = self.known(location)?;
        self.admit(file)
            .await
            .inspect_err(|error| self.note(error))?;
        let bounded = options.range.is_some();
        let asked = ours::GetOptions {
            range: options.range.map(range),
            head: options.head,
            ..ours::GetOptions::default()
        };
        let path = ours::path::Path::from(location.as_ref());
        let got = self.inner.get_opts(&path, asked).await;
        let got = got.map_err(|error| converted(error, file))?;
        let meta = theirs::ObjectMeta {
            location: location.clone(),
            last_modified: got.meta.last_modified,
            size: got.meta.size,
            e_tag: got.meta.e_tag.clone(),
            version: got.meta.version.clone(),
        };
        let range = got.range.clone();
        let named = file.clone();
        // A range is read at once: as a stream, a local file would come in small pieces.
        let payload = if bounded && !options.head {
            let bytes = got.bytes().await;
            let bytes = bytes.map_err(|error| converted(error, file))?;
            stream::iter([Ok(bytes)]).boxed()
        } else {
            let bytes = got.into_stream();
            bytes.map_err(move |error| converted(error, &named)).boxed()
        };
        Ok(theirs::GetResult {
            payload: theirs::GetResultPayload::Stream(payload),
            meta,
            range,
            attributes: theirs::Attributes::default(),
        })
    }

    async fn get_ranges(
        &self,
        location: &Path,
        ranges: &[Range<u64>],
    ) -> theirs::Result<Vec<Bytes>> {
        let file = self.known(location)?;
        self.admit(file)
            .await
            .inspect_err(|error| self.note(error))?;
        let path = ours::path::Path::from(location.as_ref());
        let got = self.inner.get_ranges(&path, ranges).await;
        got.map_err(|error| converted(error, file))
    }

    async fn put_opts(
        &self,
        _: &Path,
        _: theirs::PutPayload,
        _: theirs::PutOptions,
    ) -> theirs::Result<theirs::PutResult> {
        Err(refused("writing"))
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: theirs::PutMultipartOptions,
    ) -> theirs::Result<Box<dyn theirs::MultipartUpload>> {
        Err(refused("writing"))
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, theirs::Result<Path>>,
    ) -> BoxStream<'static, theirs::Result<Path>> {
        stream::iter([Err(refused("deleting"))]).boxed()
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, theirs::Result<theirs::ObjectMeta>> {
        stream::iter([Err(refused("listing"))]).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> theirs::Result<theirs::ListResult> {
        Err(refused("listing"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: theirs::CopyOptions) -> theirs::Result<()> {
        Err(refused("writing"))
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({})", self.inner)
    }
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the archive at {}", self.inner)
    }
}

fn range(range: theirs::GetRange) -> ours::GetRange {
    match range {
        theirs::GetRange::Bounded(range) => ours::GetRange::Bounded(range),
        theirs::GetRange::Offset(offset) => ours::GetRange::Offset(offset),
        theirs::GetRange::Suffix(length) => ours::GetRange::Suffix(length),
    }
}

fn converted(error: ours::Error, file: &FileRef) -> theirs::Error {
    match error {
        ours::Error::NotFound { .. } => faulty(file, "is missing".to_owned()),
        error => theirs::Error::Generic {
            store: "archive",
            source: error.into(),
        },
    }
}

fn faulty(file: &FileRef, reason: String) -> theirs::Error {
    theirs::Error::Generic {
        store: "archive",
        source: Box::new(FileFault {
            path: file.path.clone(),
            reason,
        }),
    }
}

fn refused(what: &'static str) -> theirs::Error {
    theirs::Error::NotSupported {
        source: format!("{what} is no part of a query").into(),
    }
}
