//! What a run read of each dataset, and what it passed over unread.

use std::collections::BTreeSet;

use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricValue;

/// One reading of a dataset's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The directory of the files, such as `events`.
    pub dataset: String,
    pub files: usize,
    /// Not opened: their commit says that nothing in them matches.
    pub files_passed_over: usize,
    /// In files that were opened.
    pub row_groups: usize,
    /// Passed over by least and greatest values.
    pub row_groups_by_statistics: usize,
    /// Passed over by Bloom filters.
    pub row_groups_by_bloom: usize,
    /// Pages of the columns that were asked about, in row groups that were left.
    pub pages: usize,
    pub pages_passed_over: usize,
    /// Bytes read, footers and indexes included.
    pub bytes_read: usize,
    /// Bytes of all the files.
    pub bytes: u64,
    /// Rows that came out.
    pub rows: usize,
}

impl Scan {
    /// Row groups of which something was read.
    pub fn row_groups_read(&self) -> usize {
        self.row_groups
            .saturating_sub(self.row_groups_by_statistics + self.row_groups_by_bloom)
    }
}

/// The scans of a plan, from its top down; complete once it has run to its end.
pub(super) fn scans(plan: &dyn ExecutionPlan) -> Vec<Scan> {
    let mut found: Vec<Scan> = of(plan).into_iter().collect();
    for child in plan.children() {
        found.extend(scans(child.as_ref()));
    }
    found
}

fn of(plan: &dyn ExecutionPlan) -> Option<Scan> {
    let source = plan.downcast_ref::<DataSourceExec>()?;
    let (config, _) = source.downcast_to_file_source::<ParquetSource>()?;
    let mut scan = listed(config);
    for metric in plan.metrics()?.iter() {
        match metric.value() {
            MetricValue::OutputRows(rows) => scan.rows += rows.value(),
            MetricValue::Count { name, count } if name == "bytes_scanned" => {
                scan.bytes_read += count.value();
            }
            MetricValue::PruningMetrics {
                name,
                pruning_metrics,
            } => scan.count(name, pruning_metrics.pruned(), pruning_metrics.matched()),
            _ => {}
        }
    }
    Some(scan)
}

fn listed(config: &FileScanConfig) -> Scan {
    let files = config.file_groups.iter().flat_map(FileGroup::iter);
    let files: BTreeSet<(&str, u64)> = files
        .map(|file| (file.path().as_ref(), file.object_meta.size))
        .collect();
    let first = files.first().map(|(path, _)| *path).unwrap_or_default();
    Scan {
        dataset: first.split('/').next().unwrap_or_default().to_owned(),
        files: files.len(),
        bytes: files.iter().map(|(_, size)| size).sum(),
        ..Scan::default()
    }
}

impl Scan {
    fn count(&mut self, metric: &str, passed_over: usize, left: usize) {
        match metric {
            "files_ranges_pruned_statistics" => self.files_passed_over += passed_over,
            "row_groups_pruned_statistics" => {
                self.row_groups += passed_over + left;
                self.row_groups_by_statistics += passed_over;
            }
            "row_groups_pruned_bloom_filter" => self.row_groups_by_bloom += passed_over,
            "page_index_pages_pruned" => {
                self.pages += passed_over + left;
                self.pages_passed_over += passed_over;
            }
            _ => {}
        }
    }
}
