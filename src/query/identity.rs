//! Functions about one identity, across all its accounts: `events_of`, `access_of`, `people_of`,
//! `findings_of`.
//!
//! A row says whose it is as was known when it was written; `links` says what is known now. So the
//! names of an identity are looked up first, and rows are found by names: that is a comparison
//! which Bloom filters, page index and sort order understand, and a join is none.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::functions::expr_fn::lower;
use datafusion::functions_nested::expr_fn::{array_has_any, make_array};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown, ident, lit,
};
use datafusion::physical_plan::{ExecutionPlan, collect};

/// The functions by name, with what they give.
pub const FUNCTIONS: [(&str, &str); 4] = [
    (
        "events_of",
        "events of one identity, of all its accounts: an e-mail address, a person's uid, or source:uid",
    ),
    (
        "access_of",
        "rows of access of one identity, of all snapshots",
    ),
    (
        "people_of",
        "rows of people of one identity, of all snapshots",
    ),
    ("findings_of", "rows of findings of one identity"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Events,
    Access,
    People,
    Findings,
}

impl About {
    pub(super) const ALL: [About; 4] =
        [About::Events, About::Access, About::People, About::Findings];

    pub(super) const fn function(self) -> &'static str {
        match self {
            About::Events => "events_of",
            About::Access => "access_of",
            About::People => "people_of",
            About::Findings => "findings_of",
        }
    }

    pub(super) const fn table(self) -> &'static str {
        match self {
            About::Events => "events",
            About::Access => "access",
            About::People => "people",
            About::Findings => "findings",
        }
    }
}

/// A function of one text: whose rows.
#[derive(Debug)]
pub(super) struct OfIdentity {
    pub(super) about: About,
    pub(super) table: Arc<dyn TableProvider>,
    pub(super) links: Arc<dyn TableProvider>,
    pub(super) changes: Arc<dyn TableProvider>,
    pub(super) people: Arc<dyn TableProvider>,
}

impl TableFunctionImpl for OfIdentity {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let who = match args.exprs() {
            [Expr::Literal(who, _)] => who.try_as_str().flatten(),
            _ => None,
        };
        let Some(who) = who.map(str::trim).filter(|who| !who.is_empty()) else {
            let name = self.about.function();
            return plan_err!(
                "{name} takes one text: an e-mail address, a person's uid, or an account as source:uid"
            );
        };
        Ok(Arc::new(RowsOf {
            who: who.to_owned(),
            about: self.about,
            table: self.table.clone(),
            links: self.links.clone(),
            changes: self.changes.clone(),
            people: self.people.clone(),
        }))
    }
}

/// The rows of a table that are one identity's.
#[derive(Debug)]
struct RowsOf {
    who: String,
    about: About,
    table: Arc<dyn TableProvider>,
    links: Arc<dyn TableProvider>,
    changes: Arc<dyn TableProvider>,
    people: Arc<dyn TableProvider>,
}

#[async_trait]
impl TableProvider for RowsOf {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let names = self.names(state).await?;
        let mut plan: Option<LogicalPlanBuilder> = None;
        for part in names.parts(self.about) {
            let all = conjunction(filters.iter().cloned().chain([part]));
            let part = self.part(projection, all)?;
            plan = Some(match plan {
                None => LogicalPlanBuilder::from(part),
                Some(plan) => plan.union(part)?,
            });
        }
        let Some(plan) = plan else {
            return plan_err!("no columns tell whose the rows are");
        };
        let plan = plan.limit(0, limit)?.build()?;
        state.create_physical_plan(&plan).await
    }
}

impl RowsOf {
    fn part(&self, projection: Option<&Vec<usize>>, filter: Option<Expr>) -> Result<LogicalPlan> {
        let source = provider_as_source(self.table.clone());
        let mut plan = LogicalPlanBuilder::scan("rows", source, None)?;
        if let Some(filter) = filter {
            plan = plan.filter(filter)?;
        }
        if let Some(places) = projection {
            let schema = self.schema();
            let columns = places
                .iter()
                .map(|place| ident(schema.field(*place).name()));
            plan = plan.project(columns)?;
        }
        plan.build()
    }

    /// All that the identity is known by, as HR's records and `links` have it now, with its earlier
    /// addresses. Somebody of whom there are records and no account is in HR's alone.
    async fn names(&self, state: &dyn Session) -> Result<Names> {
        let links = read(&self.links, state).await?;
        let changes = read(&self.changes, state).await?;
        let mut names = Names::asked(&self.who);
        let people = read_people(&self.people, state).await?;
        people.iter().for_each(|batch| names.add_people(batch));
        let mut found = BTreeSet::new();
        for (account, identity, email) in links.iter().flat_map(rows) {
            if names.is_one(account, identity, email) {
                found.insert(identity.to_owned());
            }
        }
        for (account, identity, _) in links.iter().flat_map(rows) {
            if found.contains(identity) {
                names.add_account(account);
            }
        }
        for (_, identity, email) in changes.iter().flat_map(rows) {
            if found.contains(identity) {
                names.emails.extend(email.map(str::to_lowercase));
            }
        }
        names.uids.extend(found);
        // Whom only an account led to has ids and an address there as well.
        people.iter().for_each(|batch| names.add_people(batch));
        Ok(names)
    }
}

/// Account, identity and e-mail address of what is somebody's.
async fn read(table: &Arc<dyn TableProvider>, state: &dyn Session) -> Result<Vec<RecordBatch>> {
    let columns = ["account", "identity", "identity_email"].map(ident);
    let plan = LogicalPlanBuilder::scan("links", provider_as_source(table.clone()), None)?
        .filter(ident("identity").is_not_null())?
        .project(columns)?
        .build()?;
    let plan = state.create_physical_plan(&plan).await?;
    collect(plan, state.task_ctx()).await
}

/// Identity, all ids and e-mail address of people.
async fn read_people(
    table: &Arc<dyn TableProvider>,
    state: &dyn Session,
) -> Result<Vec<RecordBatch>> {
    let columns = ["identity", "ids", "email"].map(ident);
    let plan = LogicalPlanBuilder::scan("people", provider_as_source(table.clone()), None)?
        .project(columns)?
        .build()?;
    let plan = state.create_physical_plan(&plan).await?;
    collect(plan, state.task_ctx()).await
}

/// Account, identity and e-mail address of each row that has the first two.
fn rows(batch: &RecordBatch) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
    let column = |place| batch.column(place).as_string::<i32>().iter();
    let columns = column(0).zip(column(1)).zip(column(2));
    columns.filter_map(|((account, identity), email)| Some((account?, identity?, email)))
}

/// Logs that tell of the accounts of another: `events` names the log, `links` the accounts.
const SHARED_ACCOUNTS: [(&str, &str); 7] = [
    ("entra", "entra_audit"),
    ("entra", "entra_signin"),
    ("entra", "entra_risk"),
    ("entra", "m365_audit"),
    ("entra", "azure_activity"),
    ("entra", "intune"),
    ("zoom", "zoom_operation"),
];

/// The account under the name that `to` has for what `from` tells of: `entra@eu:7` is
/// `entra_audit@eu:7`.
fn renamed(account: &str, from: &str, to: &str) -> Option<String> {
    let rest = account.strip_prefix(from)?;
    rest.starts_with([':', '@']).then(|| format!("{to}{rest}"))
}

/// What one identity is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names {
    uids: BTreeSet<String>,
    /// In lower case, as identifiers are compared.
    emails: BTreeSet<String>,
    accounts: BTreeSet<String>,
}

impl Names {
    /// What somebody asked for may be any of them.
    fn asked(who: &str) -> Self {
        let mut names = Names {
            uids: [who.to_owned()].into(),
            emails: [who.to_lowercase()].into(),
            accounts: BTreeSet::new(),
        };
        names.add_account(who);
        for (accounts, log) in SHARED_ACCOUNTS {
            if let Some(account) = renamed(who, log, accounts) {
                names.add_account(&account);
            }
        }
        names
    }

    /// An account, by the name of each log that tells of it.
    fn add_account(&mut self, account: &str) {
        let logs = SHARED_ACCOUNTS.iter();
        let others = logs.filter_map(|(accounts, log)| renamed(account, accounts, log));
        self.accounts.extend(others);
        self.accounts.insert(account.to_owned());
    }

    /// The ids and addresses of those among these people who are asked for.
    fn add_people(&mut self, people: &RecordBatch) {
        let identities = people.column(0).as_string::<i32>().iter();
        let ids = people.column(1).as_list::<i32>().iter();
        let emails = people.column(2).as_string::<i32>().iter();
        let mut found = Names::default();
        for ((identity, ids), email) in identities.zip(ids).zip(emails) {
            let ids = ids.as_ref().map(AsArray::as_string::<i32>);
            let ids = || ids.into_iter().flatten().flatten().chain(identity);
            let email = email.map(str::to_lowercase);
            let is_one = ids().any(|id| self.uids.contains(id))
                || email
                    .as_ref()
                    .is_some_and(|email| self.emails.contains(email));
            if is_one {
                found.uids.extend(ids().map(str::to_owned));
                found.emails.extend(email);
            }
        }
        self.uids.extend(found.uids);
        self.emails.extend(found.emails);
    }

    fn is_one(&self, account: &str, identity: &str, email: Option<&str>) -> bool {
        self.uids.contains(identity)
            || self.accounts.contains(account)
            || email.is_some_and(|email| self.emails.contains(&email.to_lowercase()))
    }

    /// Conditions of which each row meets at most one: of two that are joined by OR a reader of
    /// Parquet could use neither.
    fn parts(&self, about: About) -> Vec<Expr> {
        let among = |expr: Expr, names: &BTreeSet<String>| expr.in_list(list(names), false);
        let accounts = |column: &str| among(ident(column), &self.accounts);
        match about {
            About::Events => {
                // The column holds an address, or the account where none is stated.
                let names: BTreeSet<String> = self.emails.union(&self.accounts).cloned().collect();
                let other = ident("identity").in_list(list(&names), true);
                vec![
                    among(ident("identity"), &names),
                    accounts("account").and(other.or(ident("identity").is_null())),
                ]
            }
            About::Access => vec![
                among(ident("identity"), &self.uids)
                    .or(among(lower(ident("email")), &self.emails))
                    .or(accounts("account")),
            ],
            About::People => vec![
                among(ident("identity"), &self.uids)
                    .or(array_has_any(ident("ids"), make_array(list(&self.uids))))
                    .or(among(lower(ident("email")), &self.emails)),
            ],
            About::Findings => vec![
                among(ident("identity"), &self.uids)
                    .or(among(lower(ident("identity_email")), &self.emails))
                    .or(accounts("account"))
                    .or(accounts("subject")),
            ],
        }
    }
}

fn list(names: &BTreeSet<String>) -> Vec<Expr> {
    let literals = names
        .iter()
        .map(|name| lit(ScalarValue::from(name.as_str())));
    literals.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_the_name_of_each_log_that_tells_of_it() {
        let check = |who: &str, others: &[&str]| {
            let names = Names::asked(who).accounts;
            assert!(names.contains(who), "{names:?}");
            for other in others {
                assert!(names.contains(*other), "{other} in {names:?}");
            }
        };
        check(
            "entra_signin@eu:7",
            &["entra@eu:7", "entra_audit@eu:7", "m365_audit@eu:7"],
        );
        check("zoom:7", &["zoom_operation:7"]);
        assert_eq!(Names::asked("entrance:7").accounts.len(), 1);
        assert_eq!(Names::asked("okta:7").accounts.len(), 1);
    }
}
