use std::path::Path;
use std::time::Duration;

use super::{check, shown};
use crate::config::{
    ArchivePlace, Checked, Config, Problems, PropertyValue, ShardCount, Start, tenure_file,
};
use crate::model::finding::Severity;
use crate::model::id::SourceName;

fn parse(text: &str) -> Result<Checked<Config>, Problems> {
    tenure_file::parse("tenure.toml", Path::new("etc"), text)
}

fn good(text: &str) -> Config {
    parse(text)
        .map_err(|problems| panic!("{problems}"))
        .expect("good")
        .value
}

const KAFKA: &str = "[kafka]\nbrokers = [\"b:9092\"]\n";

#[test]
fn each_mistake_has_its_words() {
    check(parse, &[("", ""), ("# nothing\n", "")]);
    check(
        parse,
        &[
            ("[files\n", "?"),
            ("files = 1\n", "?"),
            ("[files]\npoll = 300\n", "?"),
            ("[files]\npoll = \"300\"\n", "?"),
            ("[files]\npoll = \"5 parsecs\"\n", "?"),
            ("[files]\npoll = \"soon\"\n", "?"),
            ("[files]\npoll = \"1ms\"\n", "?"),
            ("[files]\npoll = \"99999d\"\n", "?"),
            ("[files]\npoll = true\n", "?"),
            ("[files]\npath = \"\"\n", "?"),
            ("[files]\npth = \"x\"\n", "?"),
            ("[fiels]\n", "?"),
            ("colour = 1\n", "?"),
            ("[kafka]\n", "?"),
            ("[kafka]\nbrokers = []\n", "?"),
            (
                "[kafka]\nbrokers = [\"http://b:1\", \"c\", \"d:9092\", 5]\n",
                "?",
            ),
            (
                "[kafka]\nbrokers = \"b:9092\"\ntopics = [\"corp.okta\"]\n",
                "?",
            ),
            ("[kafka]\nbrokers = \"b:9092\"\ntopics = [\"a b\"]\n", "?"),
            (
                "[kafka]\nbrokers = \"b:9092\"\n[kafka.sources]\n\"corp.okta\" = \"Okta\"\n",
                "?",
            ),
            (
                "[kafka]\nbrokers = \"b:9092\"\nstart = \"beginning\"\n",
                "?",
            ),
            ("[kafka]\nbrokers = \"b:9092\"\nstart = 2026-03-01\n", ""),
            (
                "[kafka]\nbrokers = \"b:9092\"\nstart = 2026-03-01T00:00:00\n",
                "?",
            ),
            (
                "[kafka]\nbrokers = \"b:9092\"\nfindings_topic = \"identity.okta\"\n",
                "?",
            ),
            (
                "[kafka]\nbrokers = \"b:9092\"\n[kafka.properties]\ngroup.id = \"x\"\n",
                "?",
            ),
            (
                "[kafka]\nbrokers = \"b:9092\"\n[kafka.properties]\nsasl.password = \"hunter2\"\n",
                "?",
            ),
            (
                "[kafka]\nbrokers = \"b:9092\"\n[kafka.properties]\nsasl.password.env = \"hunter2\"\n",
                "?",
            ),
            (
                "[kafka]\nbrokers = \"b:9092\"\n[kafka.properties]\na = [1]\n",
                "?",
            ),
            ("[archive]\npath = \"ftp://x\"\n", "?"),
            ("[archive]\npath = \"s3://\"\n", "?"),
            ("[archive]\nsegment_size = 256\n", "?"),
            ("[archive]\nsegment_size = \"256M\"\n", "?"),
            ("[archive]\nsegment_size = \"1B\"\n", "?"),
            ("[http]\nlisten = \"8480\"\n", "?"),
            ("[http]\nlisten = \"0.0.0.0:8480\"\n", "?"),
            ("[webhook]\n", "?"),
            ("[webhook]\nurl = \"hooks\"\nsecret_env = \"A\"\n", "?"),
            (
                "[webhook]\nurl = \"https://me:hunter2@x/\"\nsecret_env = \"A\"\n",
                "?",
            ),
            (
                "[webhook]\nurl = \"https://x/\"\nsecret = \"hunter2\"\n",
                "?",
            ),
            (
                "[webhook]\nurl = \"https://x/\"\nsecret_env = \"hunter2\"\n",
                "?",
            ),
            (
                "[webhook]\nurl = \"https://x/\"\nsecret_env = \"A\"\nsecret_file = \"b\"\n",
                "?",
            ),
            (
                "[webhook]\nurl = \"https://x/\"\nsecret_env = \"A\"\nmin_severity = \"hihg\"\n",
                "?",
            ),
            ("[shards]\ncount = 0\n", "?"),
            ("[shards]\ncount = \"four\"\n", "?"),
            ("[files]\npath = \"tenure-data\"\n", "?"),
            ("policy = 5\n", "?"),
        ],
    );
}
