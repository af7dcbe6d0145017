//! A server that speaks S3, on loopback, with a directory below it; and what can be wrong with one.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub const ID: &str = "AKIDFORTESTS";
pub const SECRET: &str = "a secret of tests";
pub const BUCKET: &str = "evidence";

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Sound,
    /// Puts over what is there, whatever the condition says.
    NoConditions,
    /// Says that it knows no conditions.
    Refusing,
    /// Takes the next commit of records, and answers nobody from then on.
    LosesAnswer,
    /// Answers nobody.
    Silent,
    /// Deletes nothing, as under a retention of the bucket's own.
    KeepsAll,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    /// Of the object, from the bucket.
    pub path: String,
    pub headers: HeaderMap,
}

pub struct Server {
    address: SocketAddr,
    directory: TempDir,
    shared: Arc<Shared>,
    running: Option<Runtime>,
}

struct Shared {
    service: S3Service,
    bucket: PathBuf,
    mode: Mutex<Mode>,
    seen: Mutex<Vec<Seen>>,
    /// The server beneath looks and then writes; a real one does both at once.
    puts: tokio::sync::Mutex<()>,
}

impl Server {
    /// With one bucket, and nothing in it.
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        let bucket = directory.path().join(BUCKET);
        fs::create_dir(&bucket).expect("a bucket");
        let files = FileSystem::new(directory.path()).expect("a file system");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(ID, SECRET));
        let shared = Shared {
            service: service.build(),
            bucket,
            mode: Mutex::new(Mode::Sound),
            seen: Mutex::default(),
            puts: tokio::sync::Mutex::default(),
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut server = Server {
            address: listener.local_addr().expect("an address"),
            directory,
            shared: Arc::new(shared),
            running: None,
        };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: std::net::TcpListener) {
        listener.set_nonblocking(true).expect("it can");
        let runtime = Runtime::new().expect("a runtime");
        let app = axum::Router::new()
            .fallback(answer)
            .with_state(self.shared.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, app).await.expect("it serves");
        });
        self.running = Some(runtime);
    }

    /// Nobody listens any more, and what was on its way is cut off.
    pub fn go_down(&mut self) {
        if let Some(runtime) = self.running.take() {
            runtime.shutdown_background();
        }
    }

    pub fn come_back(&mut self) {
        // The old listener may take a moment to close.
        for _ in 0..100 {
            match std::net::TcpListener::bind(self.address) {
                Ok(listener) => return self.serve(listener),
                Err(_) => std::thread::park_timeout(std::time::Duration::from_millis(50)),
            }
        }
        panic!("{} is taken", self.address);
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn behave(&self, mode: Mode) {
        *self.shared.mode.lock().expect("lock") = mode;
    }

    pub fn mode(&self) -> Mode {
        *self.shared.mode.lock().expect("lock")
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().expect("lock").clone()
    }

    /// Somebody deletes an object.
    pub fn lose(&self, path: &str) {
        fs::remove_file(self.shared.bucket.join(path)).expect("removed");
    }

    /// What lies in the bucket below `prefix`, with its bytes.
    pub fn objects(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.directory.path().join(BUCKET).join(prefix);
        let mut found = BTreeMap::new();
        below(&root, &mut |path| {
            let name = path.strip_prefix(&root).expect("below").to_str();
            let bytes = fs::read(path).expect("bytes");
            found.insert(name.expect("a name").to_owned(), bytes);
        });
        found
    }
}

/// All files below a directory. What the server is about to put in place is left out.
fn below(directory: &Path, each: &mut dyn FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            below(&path, each);
        } else if !name.starts_with(".tmp.") {
            each(&path);
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let start = format!("/{BUCKET}/");
    let path = parts.uri.path().to_owned();
    let path = path.strip_prefix(&start).unwrap_or(&path).to_owned();
    let put = parts.method == Method::PUT;
    shared.seen.lock().expect("lock").push(Seen {
        method: parts.method.clone(),
        path: path.clone(),
        headers: parts.headers.clone(),
    });
    let mode = *shared.mode.lock().expect("lock");
    let conditional = put && parts.headers.contains_key("if-none-match");
    if !parts.uri.path().starts_with(&format!("/{BUCKET}")) {
        // The server beneath would make one.
        let xml = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not \
                   exist</Message></Error>";
        return (StatusCode::NOT_FOUND, xml).into_response();
    }
    if mode == Mode::Silent {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let deletes = parts.method == Method::DELETE
        || parts.method == Method::POST
            && parts.uri.query().is_some_and(|it| it.starts_with("delete"));
    if mode == Mode::KeepsAll && deletes {
        let xml = "<Error><Code>AccessDenied</Code><Message>Access Denied because object protected by \
                   object lock.</Message></Error>";
        return (StatusCode::FORBIDDEN, xml).into_response();
    }
    if mode == Mode::Refusing && conditional {
        let xml = "<Error><Code>NotImplemented</Code><Message>A header you provided implies \
                   functionality that is not implemented</Message></Error>";
        return (StatusCode::NOT_IMPLEMENTED, xml).into_response();
    }
    let alone = if put {
        Some(shared.puts.lock().await)
    } else {
        None
    };
    if mode == Mode::NoConditions && conditional && shared.bucket.join(&path).exists() {
        fs::remove_file(shared.bucket.join(&path)).expect("removed");
    }
    let request = axum::http::Request::from_parts(parts, s3s::Body::http_body_unsync(body));
    let answered = shared.service.call(request).await;
    drop(alone);
    let of_records = path.contains("/commits/") && !path.contains("/tenure_3A");
    if mode == Mode::LosesAnswer && put && of_records {
        *shared.mode.lock().expect("lock") = Mode::Silent;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match answered {
        Ok(response) => response.map(Body::new),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
    }
}
