//! A timestamp authority on loopback: `openssl ts` with certificates of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub struct Authority {
    directory: TempDir,
    address: SocketAddr,
    running: Option<Runtime>,
}

struct Shared {
    directory: PathBuf,
    asked: AtomicUsize,
}

const CONFIG: &str = "
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1, millisecs:500
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
";

impl Authority {
    /// With its certificates, and not listening yet.
    pub fn new() -> Self {
        let directory = TempDir::new().expect("a directory");
        let at = directory.path();
        let usage = "extendedKeyUsage = critical,timeStamping\n";
        fs::write(at.join("usage"), usage).expect("written");
        fs::write(at.join("tsa.cnf"), CONFIG).expect("written");
        fs::write(at.join("serial"), "01\n").expect("written");
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        let ca = "req -x509 -days 9 -subj /CN=ca -keyout ca.key -out ca.pem";
        openssl(at, &format!("{ca} {key}"));
        openssl(at, &format!("{} {key}", ca.replace("ca", "other")));
        let request = "req -new -subj /CN=tsa -keyout tsa.key -out tsa.csr";
        openssl(at, &format!("{request} {key}"));
        let sign = "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9";
        openssl(at, &format!("{sign} -extfile usage -out tsa.pem"));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        Authority {
            address: listener.local_addr().expect("an address"),
            directory,
            running: None,
        }
    }

    /// Its first answer is none.
    pub fn start(&mut self) {
        let listener = std::net::TcpListener::bind(self.address).expect("the port");
        listener.set_nonblocking(true).expect("it can");
        let shared = Shared {
            directory: self.directory.path().to_owned(),
            asked: AtomicUsize::new(0),
        };
        let app = axum::Router::new()
            .route("/tsr", post(answer))
            .with_state(Arc::new(shared));
        let runtime = Runtime::new().expect("a runtime");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, app).await.expect("it serves");
        });
        self.running = Some(runtime);
    }

    pub fn url(&self) -> String {
        format!("http://{}/tsr", self.address)
    }

    /// A file of its directory: `ca.pem` has signed its certificate, `other.pem` has not.
    pub fn path(&self, name: &str) -> String {
        let path = self.directory.path().join(name);
        path.to_str().expect("a path").to_owned()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, question: Bytes) -> Response {
    if shared.asked.fetch_add(1, Ordering::Relaxed) == 0 {
        return "come back later".into_response();
    }
    let at = &shared.directory;
    fs::write(at.join("question"), question).expect("written");
    openssl(
        at,
        "ts -reply -queryfile question -config tsa.cnf -out answer",
    );
    let answer = fs::read(at.join("answer")).expect("an answer");
    let kind = [("content-type", "application/timestamp-reply")];
    (StatusCode::OK, kind, answer).into_response()
}

/// Runs openssl in a directory; what it says.
#[track_caller]
pub fn openssl(directory: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .output()
        .expect("openssl runs");
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {told}");
    told.into_owned()
}
