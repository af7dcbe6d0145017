use std::io::BufRead;
use std::sync::Arc;
use tenure::model::id::SourceName;
use tenure::model::record::Record;
use tenure::normalize::{Mappings, Normalizer};
fn main() {
    let only = std::env::args().nth(1);
    let mode = std::env::args().nth(2).unwrap_or_default();
    let mut n = Normalizer::new(Arc::new(Mappings::builtin()));
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let v: serde_json::Value = serde_json::from_str(&line).unwrap();
        let source = v["source"].as_str().unwrap();
        if only.as_deref().is_some_and(|o| o != "all" && o != source) {
            continue;
        }
        let raw = serde_json::to_vec(&v["raw"]).unwrap();
        let r = Record {
            offset: 0,
            received_at: None,
            raw,
            broken: None,
        };
        let out = n.normalize(&SourceName::new(source), &r);
        if mode == "facts" {
            if let Some(r) = &out.reject {
                println!(
                    "{source} REJECT {} {} {}",
                    r.reason,
                    r.detail,
                    &line[..200.min(line.len())]
                );
            }
            for e in &out.events {
                println!(
                    "{source} {} {} {:?} {:?} act={:?} user={:?} grp={:?} res={:?} ip={:?} {} unm={:?}",
                    e.time,
                    e.event_code,
                    e.lifecycle.verb,
                    e.outcome,
                    e.actor.as_ref().map(|p| (
                        p.kind,
                        p.uid.clone(),
                        p.name.clone(),
                        p.email.clone()
                    )),
                    e.user.as_ref().map(|p| (p.uid.clone(), p.name.clone())),
                    e.group.as_ref().map(|g| g.name.clone()),
                    e.resource
                        .as_ref()
                        .map(|g| (g.kind.clone(), g.name.clone(), g.uid.clone())),
                    e.src_ip,
                    e.class_uid,
                    out.unmapped
                );
            }
            for f in &out.facts {
                println!("    {f:?}");
            }
        } else {
            println!(
                "{}",
                serde_json::json!({"source": source, "line": tenure::cli::normalize::line(1, &out)})
            );
        }
    }
}
