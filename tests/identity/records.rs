//! Records in the vendors' words, as short as they may be.

/// `hr("hire", "E1", "01-05", r#""email":"jane@corp.example""#)`: what happened then, and what
/// else the record says of the worker.
pub fn hr(kind: &str, employee: &str, at: &str, worker: &str) -> (&'static str, String) {
    let at = time(at);
    let record = format!(
        r#"{{"id":"{kind}-{employee}-{at}","type":"{kind}","recorded_at":"{at}","effective_at":"{at}","worker":{{"employee_id":"{employee}",{worker}}}}}"#
    );
    ("hris", record)
}

pub fn jane(kind: &str, at: &str) -> (&'static str, String) {
    hr(
        kind,
        "E1",
        at,
        r#""email":"jane@corp.example","name":"Jane Roe""#,
    )
}

pub fn june(kind: &str, at: &str) -> (&'static str, String) {
    hr(
        kind,
        "E2",
        at,
        r#""email":"june@corp.example","name":"June Moe""#,
    )
}

/// An administrator does it to somebody.
pub fn okta(event: &str, uid: &str, login: &str, at: &str) -> (&'static str, String) {
    let at = time(at);
    let record = format!(
        r#"{{"uuid":"{event}-{uid}-{at}","published":"{at}","eventType":"{event}","actor":{{"id":"sys","type":"SystemPrincipal","alternateId":"system@okta.com"}},"outcome":{{"result":"SUCCESS"}},"target":[{{"id":"{uid}","type":"User","alternateId":"{login}"}}]}}"#
    );
    ("okta", record)
}

pub fn okta_created(uid: &str, login: &str, at: &str) -> (&'static str, String) {
    okta("user.lifecycle.create", uid, login, at)
}

/// What somebody did at GitHub.
pub fn github(action: &str, actor: &str, at: &str, more: &str) -> (&'static str, String) {
    let at = super::node::day(at).as_micros() / 1_000;
    let record = format!(
        r#"{{"action":"{action}","actor":"{actor}","@timestamp":{at},"created_at":{at},"org":"corp","_document_id":"{action}-{actor}-{at}"{more}}}"#
    );
    ("github", record)
}

pub fn time(at: &str) -> String {
    super::node::day(at).to_string()
}

/// What an actor with an object id did at Entra: `target` is the record's list of targets, `more`
/// its further details.
pub fn entra(
    activity: &str,
    (actor, name): (&str, &str),
    at: &str,
    target: &str,
) -> (&'static str, String) {
    let time = time(at);
    let record = format!(
        r#"{{"id":"{activity}-{actor}-{at}","category":"Any","correlationId":"c","result":"success","activityDisplayName":"{activity}","activityDateTime":"{time}","loggedByService":"Core Directory","initiatedBy":{{"user":{{"id":"{actor}","userPrincipalName":"{name}"}}}},"targetResources":[{target}],"additionalDetails":[]}}"#
    );
    ("entra_audit", record)
}
