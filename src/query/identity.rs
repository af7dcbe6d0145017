//! Functions about one identity, across all its accounts: `events_of`, `access_of`, `findings_of`.
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
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown, ident, lit,
};
use datafusion::physical_plan::{ExecutionPlan, collect};

/// The functions with the tables that they are about.
pub(super) const FUNCTIONS: [(&str, &str, About); 3] = [
    ("events_of", "events", About::Events),
    ("access_of", "access_now", About::Access),
    ("findings_of", "findings", About::Findings),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Events,
    Access,
    Findings,
}

/// A function of one text: whose rows.
#[derive(Debug)]
pub(super) struct OfIdentity {
    pub(super) name: &'static str,
    pub(super) about: About,
    pub(super) table: Arc<dyn TableProvider>,
    pub(super) links: Arc<dyn TableProvider>,
}

impl TableFunctionImpl for OfIdentity {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let who = match args.exprs() {
            [Expr::Literal(who, _)] => who.try_as_str().flatten(),
            _ => None,
        };
        let Some(who) = who.map(str::trim).filter(|who| !who.is_empty()) else {
            let name = self.name;
            return plan_err!(
                "{name} takes one text: an e-mail address, a person's uid, or an account as source:uid"
            );
        };
        Ok(Arc::new(RowsOf {
            who: who.to_owned(),
            about: self.about,
            table: self.table.clone(),
            links: self.links.clone(),
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

    /// All that the identity is known by, as `links` has it now.
    async fn names(&self, state: &dyn Session) -> Result<Names> {
        let links = provider_as_source(self.links.clone());
        let columns = ["account", "identity", "identity_email"].map(ident);
        let plan = LogicalPlanBuilder::scan("links", links, None)?
            .filter(ident("identity").is_not_null())?
            .project(columns)?
            .build()?;
        let plan = state.create_physical_plan(&plan).await?;
        let batches = collect(plan, state.task_ctx()).await?;
        let mut names = Names::asked(&self.who);
        let mut found = BTreeSet::new();
        for (account, identity, email) in batches.iter().flat_map(rows) {
            if names.is_one(account, identity, email) {
                found.insert(identity.to_owned());
            }
        }
        for (account, identity, email) in batches.iter().flat_map(rows) {
            if found.contains(identity) {
                names.accounts.insert(account.to_owned());
                names.emails.extend(email.map(str::to_lowercase));
            }
        }
        names.uids.extend(found);
        Ok(names)
    }
}

/// Account, identity and e-mail address of each row that has the first two.
fn rows(batch: &RecordBatch) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
    let column = |place| batch.column(place).as_string::<i32>().iter();
    let columns = column(0).zip(column(1)).zip(column(2));
    columns.filter_map(|((account, identity), email)| Some((account?, identity?, email)))
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
        Names {
            uids: [who.to_owned()].into(),
            emails: [who.to_lowercase()].into(),
            accounts: [who.to_owned()].into(),
        }
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
            About::Findings => vec![
                among(ident("identity"), &self.uids)
                    .or(among(lower(ident("identity_email")), &self.emails))
                    .or(accounts("account")),
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
