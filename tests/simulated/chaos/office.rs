//! What HR, the desk, workflows and the device manager record.

use tenure::model::time::Timestamp;
use tenure::simulate::chance::Chance;
use tenure::simulate::deed::{
    AccountNo, Act, Deed, DeviceChange, DeviceNo, Hr, HrKind, PersonNo, Subject, Ticket,
    TicketChange, TicketKind, Workflow, WorkflowChange,
};

use super::{GRANTS, Maker, by_system, granted, text};

impl Maker {
    pub(super) fn of_hr(&mut self, (at, recorded): (Timestamp, Timestamp)) -> Deed {
        use HrKind::{ContractChange, Hire, LeaveStart, Rehire, Terminate, Transfer};
        let number = self.number(self.cast.persons.len());
        let kinds = [
            Hire,
            Transfer,
            LeaveStart,
            Terminate,
            Terminate,
            Rehire,
            ContractChange,
        ];
        let kind = *self.chance.pick(&kinds);
        let effective_at = if self.chance.percent(60) {
            at
        } else {
            self.time()
        };
        // Nobody is hired for no time at all.
        let effective_at = match kind {
            Hire | Rehire => effective_at + recorded.since(at),
            _ => effective_at,
        };
        let ends = self.chance.percent(40).then(|| self.time());
        let early = self.chance.percent(10);
        let act = Act::Hr(Hr {
            id: text(format!("hr-{}", self.chance.next())),
            person: PersonNo(number),
            kind,
            effective_at,
            email: text(format!("P{number}@corp.example")),
            previous_emails: early
                .then(|| text("early@corp.example"))
                .into_iter()
                .collect(),
            department: text(self.chance.pick(&["A", "B"])),
            title: text("Title"),
            manager: None,
            employment_type: text("employee"),
            contract_end: ends,
        });
        by_system("hris", recorded, act)
    }

    pub(super) fn of_desk(&mut self, at: Timestamp) -> Deed {
        use TicketChange::{Approved, Closed, Created, Reopened, Resolved};
        let account = self.account();
        let grant = self.grant_of(account);
        if self.chance.percent(25) {
            let act = Act::Review {
                id: text(format!("rv-{}", self.chance.next())),
                account,
                grant: self.chance.percent(70).then_some(grant),
                keep: self.chance.percent(75),
            };
            return by_system("review", at, act);
        }
        // A ticket asks for the same from its beginning to its end.
        let number = self.chance.below(5);
        let of_ticket = Chance::new(self.cast.accounts.len() as u64, "ticket", number);
        let account = AccountNo(usize::try_from(of_ticket.below(9)).expect("few"));
        let source = self.cast.accounts[account.0].source.clone();
        let grant = GRANTS.iter().find(|(at, ..)| *at == &*source);
        let grant = grant.map(granted);
        let kinds = [
            TicketKind::AccessRequest,
            TicketKind::Offboarding,
            TicketKind::Revocation,
        ];
        let subject = if of_ticket.percent(50) {
            Subject::Account(account)
        } else {
            Subject::Email(of_ticket.pick(&self.addresses).clone())
        };
        let named = grant.filter(|_| of_ticket.percent(50));
        let changes = [
            Created,
            Approved,
            Approved,
            Resolved { done: true },
            Resolved { done: false },
            Closed { done: true },
            Reopened,
        ];
        let act = Act::Ticket(Ticket {
            id: text(format!("T{number}")),
            change: *self.chance.pick(&changes),
            kind: *of_ticket.pick(&kinds),
            requester: text("desk@corp.example"),
            approver: None,
            subject,
            grants: named.map(|grant| (source, grant)).into_iter().collect(),
        });
        by_system("ticket", at, act)
    }

    pub(super) fn of_runs(&mut self, at: Timestamp) -> Deed {
        use WorkflowChange::{EndAccount, Failed, Started, Succeeded};
        let number = self.number(4);
        let change = match self.chance.below(4) {
            0 => Started,
            1 => Succeeded,
            2 => Failed,
            _ => EndAccount {
                account: self.account(),
            },
        };
        let failed = matches!(change, EndAccount { .. }) && self.chance.percent(50);
        let act = Act::Workflow(Workflow {
            run: text(format!("R{number}")),
            name: text("offboard"),
            retry_of: [None, Some("R0"), Some("R1"), None][number].map(text),
            subject: text("p0@corp.example"),
            change,
        });
        Deed {
            failed,
            ..by_system("workflow", at, act)
        }
    }

    pub(super) fn of_device(&mut self, at: Timestamp) -> Deed {
        let holder = self.chance.pick(&self.addresses).clone();
        let change = match self.chance.below(4) {
            0 => DeviceChange::Enrolled { holder },
            1 => DeviceChange::Assigned { holder },
            2 => DeviceChange::Unenrolled { holder },
            _ => DeviceChange::Wiped { holder },
        };
        let device = DeviceNo(0);
        by_system("jamf_pro", at, Act::Device { device, change })
    }
}
