//! A real broker for one test, started and killed by `scripts/kafka`.

#![allow(dead_code, reason = "each test uses its part of the broker")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{ClientConfig, Offset as KafkaOffset, TopicPartitionList};
use tempfile::TempDir;
use tenure::io::kafka::KafkaSettings;

/// A broker that is starting may take most of this; nothing here is waited for as such.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A broker of the test's own; gone with its data when it is dropped.
pub struct Broker {
    port: u16,
    data: TempDir,
}

impl Broker {
    pub fn start() -> Self {
        let broker = Broker {
            port: free_ports(),
            data: tempfile::tempdir().expect("directory"),
        };
        broker.run(&["start"]);
        broker
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/kafka");
        let output = Command::new(script)
            .args(arguments)
            .env("TENURE_KAFKA_PORT", self.port.to_string())
            .env("TENURE_KAFKA_DATA", self.data.path().join("broker"))
            .env("TENURE_KAFKA_HEAP", "256m")
            .output()
            .expect("scripts/kafka");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kafka {arguments:?}: {errors}");
        output
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.address());
        config
    }

    pub fn settings(&self) -> KafkaSettings {
        KafkaSettings {
            brokers: vec![self.address()],
            properties: BTreeMap::new(),
        }
    }

    pub fn admin<T>(&self, act: impl AsyncFnOnce(AdminClient<DefaultClientContext>) -> T) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("runtime");
        let admin = self.client().create().expect("admin client");
        runtime.block_on(act(admin))
    }

    pub fn create(&self, topic: &str, partitions: i32) {
        self.admin(async |admin| {
            let topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
            let created = admin.create_topics([&topic], &AdminOptions::new()).await;
            let created = created.expect("create");
            assert!(created.iter().all(Result::is_ok), "{created:?}");
        });
    }

    /// Deletes what lies before an offset, as retention does.
    pub fn delete_before(&self, topic: &str, offset: i64) {
        self.admin(async |admin| {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(topic, 0, KafkaOffset::Offset(offset))
                .expect("list");
            let deleted = admin.delete_records(&list, &AdminOptions::new()).await;
            deleted.expect("delete");
        });
    }

    pub fn produce(&self, topic: &str, values: impl IntoIterator<Item = Option<String>>) {
        let producer: BaseProducer = self.client().create().expect("producer");
        for (n, value) in values.into_iter().enumerate() {
            let key = n.to_string();
            let mut record = BaseRecord::to(topic).key(&key);
            if let Some(value) = &value {
                record = record.payload(value);
            }
            let mut waiting = Some(record);
            while let Some(record) = waiting.take() {
                if let Err((_full, record)) = producer.send(record) {
                    producer.poll(Duration::from_millis(10));
                    waiting = Some(record);
                }
            }
        }
        producer.flush(PATIENCE).expect("flush");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.run(&["stop", "--hard"]);
    }
}

/// Two neighbouring ports that nobody holds now.
pub fn free_ports() -> u16 {
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port));
    let found = (0..100).find_map(|_| {
        let port = bind(0).ok()?.local_addr().ok()?.port();
        bind(port.checked_add(1)?).ok().map(|_| port)
    });
    found.expect("free ports")
}
