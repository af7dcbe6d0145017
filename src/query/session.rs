//! A session: an archive opened for questions, with its limits.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::Result as Planned;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::{ExecutionPlan, displayable, execute_stream};
use datafusion::prelude::SessionConfig;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::catalog::{self, ColumnInfo, Dataset, TABLES, TableInfo};
use super::commits;
use super::error::{QueryError, Told};
use super::identity::{About, OfIdentity};
use super::objects::{Check, Faults, Objects};
use super::scan::{Scan, scans};
use super::table::{DatasetTable, Extra};
use super::views::{TOLD, VIEWS};
use crate::io::archive::{ArchiveReader, Place, StoredCommit, objects};
use crate::model::limits::{
    QUERY_ANSWER_ROWS_MAX, QUERY_MEMORY_BYTES, QUERY_OPERATORS_MAX, QUERY_SECONDS,
    QUERY_TEXT_BYTES_MAX,
};

/// Where the archive is, as far as DataFusion is concerned.
const STORE: &str = "archive://commits";
/// Read from a file's end at once: the footer and the page index of most files.
const FOOTER_BYTES: usize = 64 << 10;
/// Plans are trees that are walked by recursion, and text makes them deep.
const STACK_BYTES: usize = 256 << 20;
/// Batches that wait for whoever asked.
const BATCHES_WAITING: usize = 2;

/// What one query may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub memory_bytes: usize,
    pub time: Duration,
    /// How files are held against their commits.
    pub check: Check,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory_bytes: QUERY_MEMORY_BYTES,
            time: Duration::from_secs(QUERY_SECONDS),
            check: Check::default(),
        }
    }
}

/// An archive as its commits say it is at one moment. Blocking: for a plain thread, never within
/// an async task.
pub struct Session {
    runtime: Runtime,
    context: SessionContext,
    limits: Limits,
    told: Told,
}

/// All rows of an answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    /// What was read for it, of each dataset.
    pub scans: Vec<Scan>,
}

impl Answer {
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

impl Session {
    /// Reads the commits of the archive at a path or a URL.
    pub fn open(place: impl Into<Place>) -> Result<Self, QueryError> {
        Session::with_limits(place, Limits::default())
    }

    pub fn with_limits(place: impl Into<Place>, limits: Limits) -> Result<Self, QueryError> {
        let place = place.into();
        let told = Told {
            location: place.location().to_owned(),
            memory_bytes: limits.memory_bytes,
            tables: TABLES.iter().map(|(name, _)| (*name).to_owned()).collect(),
            faults: Faults::default(),
        };
        let commits = ArchiveReader::open(&place)?.all_commits()?;
        let store = objects(place)?;
        let files = commits::named(&commits).map(|(_, file)| file.clone());
        let objects = Objects::new(store, files, limits.check, told.faults.clone());
        let failed = |error: DataFusionError| told.running(&error);
        let (store, env) = environment(limits.memory_bytes, objects).map_err(failed)?;
        let context = SessionContext::new_with_config_rt(config(), env);
        register(&context, &commits, &store).map_err(failed)?;
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_stack_size(STACK_BYTES)
            .build()
            .map_err(|error| failed(error.into()))?;
        let session = Session {
            runtime,
            context,
            limits,
            told,
        };
        session.create_views()?;
        Ok(session)
    }

    /// The answer as a whole; one of too many rows is an error.
    pub fn sql(&self, text: &str) -> Result<Answer, QueryError> {
        let mut rows = self.rows(text)?;
        let mut answer = Answer {
            schema: rows.schema(),
            batches: Vec::new(),
            scans: Vec::new(),
        };
        let mut count = 0;
        for batch in &mut rows {
            let batch = batch?;
            count += batch.num_rows();
            if count > QUERY_ANSWER_ROWS_MAX {
                return Err(QueryError::Rows {
                    rows_max: QUERY_ANSWER_ROWS_MAX,
                });
            }
            answer.batches.push(batch);
        }
        answer.scans = rows.scans();
        Ok(answer)
    }

    /// The answer batch by batch, as it is found.
    pub fn rows(&self, text: &str) -> Result<Rows<'_>, QueryError> {
        bounded(text).map_err(QueryError::Sql)?;
        let (context, text) = (self.context.clone(), text.to_owned());
        let plan = self.run(async move { plan(&context, &text).await })?;
        let plan = plan.map_err(|error| self.told.planning(&error))?;
        let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
        let (planned, context) = (plan.clone(), self.context.task_ctx());
        let time = self.limits.time;
        let task = self.runtime.spawn(async move {
            match execute_stream(planned, context) {
                Ok(stream) => drive(stream, time, &sender).await,
                Err(error) => tell(&sender, Err(Halt::Failed(error))).await,
            }
        });
        Ok(Rows {
            session: self,
            plan,
            receiver,
            task: task.abort_handle(),
        })
    }

    /// The tables with their columns.
    pub fn tables(&self) -> Result<Vec<TableInfo>, QueryError> {
        let described = TABLES.map(|(name, meaning)| {
            let rows = self.rows(&format!("SELECT * FROM {name} LIMIT 0"))?;
            let schema = rows.schema();
            let columns = schema.fields().iter().map(|field| ColumnInfo {
                name: field.name().clone(),
                kind: catalog::kind(field.data_type()),
                meaning: catalog::meaning(name, field.name()),
            });
            Ok(TableInfo {
                name,
                meaning,
                columns: columns.collect(),
            })
        });
        described.into_iter().collect()
    }

    fn create_views(&self) -> Result<(), QueryError> {
        let context = self.context.clone();
        let created = self.run(async move {
            for (name, text) in VIEWS {
                let view = context.sql(text).await?.into_view();
                context.register_table(name, view)?;
            }
            for about in About::ALL {
                let function = OfIdentity {
                    about,
                    table: context.table_provider(about.table()).await?,
                    links: context.table_provider("links").await?,
                    changes: context.table_provider("link_changes").await?,
                    people: context.table_provider("people_now").await?,
                };
                context.register_udtf(about.function(), Arc::new(function));
            }
            // The views hold what they read; nobody else needs its name.
            for (name, _) in TOLD {
                context.deregister_table(name)?;
            }
            Ok(())
        })?;
        created.map_err(|error| self.told.running(&error))
    }

    /// Runs what plans on a thread with a deep stack, within the time of a query.
    fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Planned<T>> + Send + 'static,
    ) -> Result<Planned<T>, QueryError> {
        let time = self.limits.time;
        let work = self.runtime.spawn(async move { timeout(time, work).await });
        match self.runtime.block_on(work) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_elapsed)) => Err(self.too_long()),
            Err(error) => Ok(Err(DataFusionError::ExecutionJoin(Box::new(error)))),
        }
    }

    fn too_long(&self) -> QueryError {
        QueryError::Time {
            seconds: self.limits.time.as_secs(),
        }
    }
}

/// An answer that comes batch by batch. Dropped before its end, the query is given up.
pub struct Rows<'s> {
    session: &'s Session,
    plan: Arc<dyn ExecutionPlan>,
    receiver: mpsc::Receiver<Result<RecordBatch, Halt>>,
    task: tokio::task::AbortHandle,
}

enum Halt {
    Time,
    Failed(DataFusionError),
}

impl Rows<'_> {
    pub fn schema(&self) -> SchemaRef {
        self.plan.schema()
    }

    /// What was read of each dataset: complete once all rows have come.
    pub fn scans(&self) -> Vec<Scan> {
        scans(self.plan.as_ref())
    }

    /// How the answer is found, step by step, as DataFusion puts it.
    pub fn plan(&self) -> String {
        displayable(self.plan.as_ref()).indent(false).to_string()
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<RecordBatch, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.session.runtime.block_on(self.receiver.recv())?;
        Some(next.map_err(|halt| match halt {
            Halt::Time => self.session.too_long(),
            Halt::Failed(error) => self.session.told.running(&error),
        }))
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn plan(context: &SessionContext, text: &str) -> Planned<Arc<dyn ExecutionPlan>> {
    let reading = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    let frame = context.sql_with_options(text, reading).await?;
    frame.create_physical_plan().await
}

/// Says why a text is too much to plan. A chain of operators is a tree as deep as it is long, and
/// planning one of tens of thousands takes gigabytes and minutes that no timeout cuts short.
fn bounded(text: &str) -> Result<(), String> {
    let bytes = text.len();
    if bytes > QUERY_TEXT_BYTES_MAX {
        let max = QUERY_TEXT_BYTES_MAX;
        return Err(format!(
            "the query is {bytes} bytes long; the limit is {max}"
        ));
    }
    // What is no SQL is for the parser to tell.
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize();
    let tokens = tokens.unwrap_or_default();
    let operators = tokens.iter().filter(|token| is_operator(token)).count();
    let max = QUERY_OPERATORS_MAX;
    if operators > max {
        let why = format!("the query has {operators} operators; the limit is {max} (write `IN`)");
        return Err(why);
    }
    Ok(())
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::UNION),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SemiColon
        | Token::EOF => false,
        _ => true,
    }
}

/// Hands on what comes. The time in which whoever asked looks at it is not the query's.
async fn drive(
    mut stream: SendableRecordBatchStream,
    mut left: Duration,
    sender: &mpsc::Sender<Result<RecordBatch, Halt>>,
) {
    loop {
        let began = Instant::now();
        let next = match timeout(left, stream.next()).await {
            Err(_elapsed) => return tell(sender, Err(Halt::Time)).await,
            Ok(None) => return,
            Ok(Some(next)) => next,
        };
        left = left.saturating_sub(began.elapsed());
        let failed = next.is_err();
        tell(sender, next.map_err(Halt::Failed)).await;
        if failed {
            return;
        }
    }
}

/// Whoever stopped listening aborts the task as well.
async fn tell(sender: &mpsc::Sender<Result<RecordBatch, Halt>>, what: Result<RecordBatch, Halt>) {
    if sender.send(what).await.is_err() {
        tracing::debug!("nobody waits for the answer any more");
    }
}

fn config() -> SessionConfig {
    let mut config = SessionConfig::new().with_information_schema(true);
    let parquet = &mut config.options_mut().execution.parquet;
    parquet.bloom_filter_on_read = true;
    parquet.enable_page_index = true;
    parquet.pruning = true;
    parquet.pushdown_filters = true;
    parquet.reorder_filters = true;
    parquet.metadata_size_hint = Some(FOOTER_BYTES);
    config
}

/// Memory with its limit, and no files beside it: what is sorted is evidence, and does not belong
/// into the system's directory for temporary files.
fn environment(
    memory_bytes: usize,
    objects: Objects,
) -> Planned<(ObjectStoreUrl, Arc<RuntimeEnv>)> {
    let no_disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let env = RuntimeEnvBuilder::new()
        .with_memory_limit(memory_bytes, 1.0)
        .with_disk_manager_builder(no_disk)
        .build_arc()?;
    let store = ObjectStoreUrl::parse(STORE)?;
    env.register_object_store(store.as_ref(), Arc::new(objects));
    Ok((store, env))
}

fn register(
    context: &SessionContext,
    commits: &[StoredCommit],
    store: &ObjectStoreUrl,
) -> Planned<()> {
    let table = |dataset: Dataset, extra: &[Extra]| -> Arc<dyn TableProvider> {
        let files = commits::live(commits)
            .filter(|(_, file)| commits::dataset(file) == dataset.directory());
        Arc::new(DatasetTable::new(
            &dataset.shape(),
            files,
            store.clone(),
            extra,
        ))
    };
    for dataset in Dataset::ALL {
        context.register_table(dataset.table(), table(dataset, &[Extra::Day]))?;
    }
    for (name, dataset) in TOLD {
        let extra = [Extra::Day, Extra::CommitNumber];
        context.register_table(name, table(dataset, &extra))?;
    }
    let batches = commits::commits(commits)?;
    let all = MemTable::try_new(commits::commits_schema(), vec![batches])?;
    context.register_table("commits", Arc::new(all))?;
    let files = commits::files(commits)?;
    let files = MemTable::try_new(files.schema(), vec![vec![files]])?;
    context.register_table("files", Arc::new(files))?;
    Ok(())
}

#[cfg(test)]
mod tests;
