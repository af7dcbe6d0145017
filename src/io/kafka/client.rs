//! What consumers and producers have in common.

use std::collections::BTreeMap;
use std::fmt;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

/// How to reach the brokers.
#[derive(Clone, Default)]
pub struct KafkaSettings {
    /// `host:port`.
    pub brokers: Vec<String>,
    /// Passed to librdkafka as they are: TLS, SASL, timeouts. Some hold passwords.
    pub properties: BTreeMap<String, String>,
}

/// Why a client cannot be set up: the operator has to change a setting.
#[derive(Debug, thiserror::Error)]
pub enum KafkaEdgeError {
    #[error("the Kafka property `{name}` is the program's own and cannot be set")]
    OwnProperty { name: String },
    #[error("failed to set up the Kafka {role}")]
    Client {
        role: &'static str,
        source: KafkaError,
    },
    #[error("failed to subscribe to {topics}")]
    Subscribe { topics: String, source: KafkaError },
}

impl KafkaSettings {
    /// The settings with `own` on top: what the promises of this edge rest on.
    pub(super) fn client(&self, own: &[(&str, &str)]) -> Result<ClientConfig, KafkaEdgeError> {
        let mut config = ClientConfig::new();
        for (name, value) in &self.properties {
            if own.iter().any(|(own, _)| own == name) {
                return Err(KafkaEdgeError::OwnProperty { name: name.clone() });
            }
            config.set(name, value);
        }
        for (name, value) in own {
            config.set(*name, *value);
        }
        config.set("bootstrap.servers", self.brokers.join(","));
        if !self.properties.contains_key("client.id") {
            config.set("client.id", "tenure");
        }
        // Back soon after an outage, without hammering a broker that is busy starting.
        for (name, value) in [
            ("reconnect.backoff.ms", "100"),
            ("reconnect.backoff.max.ms", "2000"),
        ] {
            if !self.properties.contains_key(name) {
                config.set(name, value);
            }
        }
        Ok(config)
    }
}

/// Names of properties only: a value may be a password.
impl fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSettings")
            .field("brokers", &self.brokers)
            .field("properties", &self.properties.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_that_a_promise_rests_on_cannot_be_set() {
        let mut settings = KafkaSettings::default();
        let password = ("sasl.password".to_owned(), "hush".to_owned());
        settings.properties.extend([password]);
        assert!(!format!("{settings:?}").contains("hush"));
        let own = [("enable.auto.commit", "false")];
        assert!(settings.client(&own).is_ok());
        let name = own[0].0.to_owned();
        settings.properties.insert(name, "true".to_owned());
        let error = settings.client(&own).expect_err("refused");
        assert!(error.to_string().contains("enable.auto.commit"));
    }
}
