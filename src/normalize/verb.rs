//! What follows from a verb: its OCSF class and activity, and the facts a success states.
//!
//! A mapping names the verb; it writes down only what differs from this table.

use crate::model::event::Verb;
use crate::model::fact::{
    Decision, DeviceEventKind, EmploymentKind, LifeKind, TicketEventKind, WorkflowEventKind,
};

/// OCSF classes of identity and access management, and two of our own.
pub mod class {
    pub const BASE_EVENT: u32 = 0;
    pub const ACCOUNT_CHANGE: u32 = 3001;
    pub const AUTHENTICATION: u32 = 3002;
    pub const AUTHORIZE_SESSION: u32 = 3003;
    pub const ENTITY_MANAGEMENT: u32 = 3004;
    pub const USER_ACCESS: u32 = 3005;
    pub const GROUP_MANAGEMENT: u32 = 3006;
    pub const DETECTION_FINDING: u32 = 2004;
    pub const USER_INVENTORY: u32 = 5003;
    pub const API_ACTIVITY: u32 = 6003;
    /// Extension 999, category IAM (3).
    pub const WORKER_LIFECYCLE: u32 = 999 * 100_000 + 3 * 1_000 + 1;
    pub const REQUEST_ACTIVITY: u32 = 999 * 100_000 + 3 * 1_000 + 2;
}

/// OCSF's activity for what its list does not name.
pub const OTHER: u8 = 99;

/// Whom an event acts on, where the mapping does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// The party called `target`.
    Target,
    /// Whoever acts: a log-in is one's own.
    Actor,
}

#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    pub class: u32,
    pub activity: u8,
    pub object: Object,
    /// What happens to the target's life.
    pub life: Option<LifeKind>,
    /// A grant's kind and what happens to it.
    pub grant: Option<(&'static str, LifeKind)>,
    pub credential: Option<LifeKind>,
    /// A success is a use of the actor's account.
    pub used: bool,
    /// A success shows that the target exists.
    pub sees: bool,
    /// The things it is about, in the order of preference.
    pub thing: &'static str,
}

impl Defaults {
    const fn new(class: u32, activity: u8) -> Self {
        Defaults {
            class,
            activity,
            object: Object::Target,
            life: None,
            grant: None,
            credential: None,
            used: true,
            sees: true,
            thing: "",
        }
    }

    const fn life(self, life: LifeKind) -> Self {
        Defaults {
            life: Some(life),
            ..self
        }
    }

    const fn grant(self, kind: &'static str, life: LifeKind) -> Self {
        Defaults {
            grant: Some((kind, life)),
            ..self.thing(kind)
        }
    }

    const fn credential(self, life: LifeKind) -> Self {
        Defaults {
            credential: Some(life),
            object: Object::Actor,
            ..self.thing("token")
        }
    }

    const fn thing(self, thing: &'static str) -> Self {
        Defaults { thing, ..self }
    }

    const fn own(self) -> Self {
        Defaults {
            object: Object::Actor,
            ..self
        }
    }

    const fn unused(self) -> Self {
        Defaults {
            used: false,
            ..self
        }
    }

    const fn unseen(self) -> Self {
        Defaults {
            sees: false,
            ..self
        }
    }
}

/// For actions without a verb: whoever acts with success has used their account. What was done to
/// the target is not known, so it is no sighting.
pub const PLAIN: Defaults = Defaults::new(class::API_ACTIVITY, OTHER).unseen();

pub fn defaults(verb: Verb) -> Defaults {
    use LifeKind::{Activated, Created, Deactivated, Deleted, Reinstated, Suspended};
    use class::{
        ACCOUNT_CHANGE, API_ACTIVITY, AUTHENTICATION, ENTITY_MANAGEMENT, GROUP_MANAGEMENT,
        REQUEST_ACTIVITY, USER_ACCESS, WORKER_LIFECYCLE,
    };
    let on = Defaults::new;
    match verb.as_str() {
        "account.create" => on(ACCOUNT_CHANGE, 1).life(Created),
        // An invitation is not a membership yet.
        "account.invite" => on(ACCOUNT_CHANGE, OTHER).unseen(),
        "account.activate" => on(ACCOUNT_CHANGE, 2).life(Activated),
        "account.reinstate" => on(ACCOUNT_CHANGE, 2).life(Reinstated),
        "account.suspend" => on(ACCOUNT_CHANGE, 5).life(Suspended),
        "account.deactivate" => on(ACCOUNT_CHANGE, 5).life(Deactivated),
        "account.delete" => on(ACCOUNT_CHANGE, 6).life(Deleted),
        "account.lock" => on(ACCOUNT_CHANGE, 9).unused().unseen(),
        "account.unlock" => on(ACCOUNT_CHANGE, 12),
        "auth.login" => on(AUTHENTICATION, 1).own(),
        "auth.app_login" => on(AUTHENTICATION, 1).own().thing("app"),
        "auth.mfa" => on(AUTHENTICATION, OTHER).own(),
        "auth.logout" => on(AUTHENTICATION, 2).own().unused(),
        "group.create" => on(GROUP_MANAGEMENT, 6).thing("group"),
        "group.update" => on(GROUP_MANAGEMENT, OTHER).thing("group"),
        "group.delete" => on(GROUP_MANAGEMENT, 5).thing("group"),
        "group.member_add" => on(GROUP_MANAGEMENT, 3).grant("group", Created),
        "group.member_remove" => on(GROUP_MANAGEMENT, 4).grant("group", Deleted),
        "app.assign" => on(USER_ACCESS, 1).grant("app", Created),
        "app.unassign" => on(USER_ACCESS, 2).grant("app", Deleted),
        "role.grant" => on(USER_ACCESS, 1).grant("role", Created),
        "role.revoke" => on(USER_ACCESS, 2).grant("role", Deleted),
        "role.change" => on(USER_ACCESS, OTHER).thing("role"),
        "role.define" => on(ENTITY_MANAGEMENT, 3).thing("role"),
        "policy.attach" => on(ACCOUNT_CHANGE, 7).grant("policy", Created),
        "policy.detach" => on(ACCOUNT_CHANGE, 8).grant("policy", Deleted),
        "mfa.enroll" => on(ACCOUNT_CHANGE, 10),
        "mfa.remove" | "mfa.reset" => on(ACCOUNT_CHANGE, 11),
        "mfa.policy_weaken" | "mfa.policy_strengthen" => on(ENTITY_MANAGEMENT, 3).thing("policy"),
        "password.change" => on(ACCOUNT_CHANGE, 3),
        "password.reset" => on(ACCOUNT_CHANGE, 4),
        "token.create" => on(ENTITY_MANAGEMENT, 1).credential(Created),
        "token.revoke" => on(ENTITY_MANAGEMENT, 4).credential(Deleted),
        "token.use" => on(API_ACTIVITY, OTHER).own(),
        "oauth.grant" => on(USER_ACCESS, 1).grant("oauth", Created).own(),
        "oauth.revoke" => on(USER_ACCESS, 2).grant("oauth", Deleted).own(),
        "device.enroll" => on(ENTITY_MANAGEMENT, 6).thing("device"),
        "device.unenroll" => on(ENTITY_MANAGEMENT, 7).thing("device"),
        "device.wipe" => on(ENTITY_MANAGEMENT, OTHER).thing("device"),
        "device.assign" => on(ENTITY_MANAGEMENT, 3).thing("device"),
        "impersonation.start" => on(AUTHENTICATION, 7),
        "impersonation.end" => on(AUTHENTICATION, OTHER),
        other => match other.split_once('.') {
            Some(("hr", word)) => on(WORKER_LIFECYCLE, hr_activity(word)).unused().unseen(),
            Some(("ticket" | "review" | "workflow", word)) => {
                on(REQUEST_ACTIVITY, request_activity(word))
                    .unused()
                    .unseen()
            }
            _ => on(ACCOUNT_CHANGE, OTHER),
        },
    }
}

/// `snapshot` depends on the worker's status and is read from the record.
pub fn employment_kind(verb: Verb) -> Option<EmploymentKind> {
    Some(match verb.as_str() {
        "hr.hire" => EmploymentKind::Hire,
        "hr.rehire" => EmploymentKind::Rehire,
        "hr.transfer" => EmploymentKind::Transfer,
        "hr.leave_start" => EmploymentKind::LeaveStart,
        "hr.leave_end" => EmploymentKind::LeaveEnd,
        "hr.contract_change" => EmploymentKind::ContractChange,
        "hr.terminate" => EmploymentKind::Terminate,
        "hr.snapshot" => EmploymentKind::SnapshotEmployed,
        _ => return None,
    })
}

pub fn ticket_event_kind(verb: Verb) -> Option<TicketEventKind> {
    Some(match verb.as_str() {
        "ticket.create" => TicketEventKind::Created,
        "ticket.approve" => TicketEventKind::Approved,
        "ticket.reject" => TicketEventKind::Rejected,
        "ticket.resolve" => TicketEventKind::Resolved,
        "ticket.close" => TicketEventKind::Closed,
        "ticket.reopen" => TicketEventKind::Reopened,
        "ticket.cancel" => TicketEventKind::Cancelled,
        _ => return None,
    })
}

pub fn device_event_kind(verb: Verb) -> Option<DeviceEventKind> {
    Some(match verb.as_str() {
        "device.enroll" => DeviceEventKind::Enrolled,
        "device.assign" => DeviceEventKind::Assigned,
        "device.unenroll" => DeviceEventKind::Unenrolled,
        "device.wipe" => DeviceEventKind::Wiped,
        _ => return None,
    })
}

pub fn workflow_event_kind(verb: Verb) -> Option<WorkflowEventKind> {
    Some(match verb.as_str() {
        "workflow.start" => WorkflowEventKind::Started,
        "workflow.step" => WorkflowEventKind::Step,
        "workflow.succeed" => WorkflowEventKind::Succeeded,
        "workflow.fail" => WorkflowEventKind::Failed,
        _ => return None,
    })
}

pub fn decision(verb: Verb) -> Option<Decision> {
    Some(match verb.as_str() {
        "review.keep" => Decision::Keep,
        "review.revoke" => Decision::Revoke,
        _ => return None,
    })
}

fn hr_activity(word: &str) -> u8 {
    place(HR_ACTIVITIES, word)
}

fn request_activity(word: &str) -> u8 {
    place(REQUEST_ACTIVITIES, word)
}

/// An activity of a class of ours: the word of the verb, and its caption.
pub type Activity = (&'static str, &'static str);

/// Activities of worker_lifecycle, from 1.
pub const HR_ACTIVITIES: &[Activity] = &[
    ("hire", "Hire"),
    ("transfer", "Transfer"),
    ("leave_start", "Leave Start"),
    ("leave_end", "Leave End"),
    ("terminate", "Terminate"),
    ("rehire", "Rehire"),
    ("contract_change", "Contract Change"),
    ("snapshot", "Snapshot"),
];

/// Activities of request_activity, from 1.
pub const REQUEST_ACTIVITIES: &[Activity] = &[
    ("create", "Create"),
    ("approve", "Approve"),
    ("reject", "Reject"),
    ("resolve", "Resolve"),
    ("close", "Close"),
    ("reopen", "Reopen"),
    ("cancel", "Cancel"),
    ("update", "Update"),
    ("start", "Start"),
    ("step", "Step"),
    ("succeed", "Succeed"),
    ("fail", "Fail"),
    ("keep", "Keep"),
    ("revoke", "Revoke"),
    ("open", "Open"),
];

fn place(list: &[Activity], word: &str) -> u8 {
    let found = list.iter().position(|(known, _)| *known == word);
    found
        .and_then(|index| u8::try_from(index + 1).ok())
        .unwrap_or(OTHER)
}
