//! Every maximum of the product, with what happens at it.

/// A record larger than this is rejected as `too_large`; its first bytes are archived.
pub const RECORD_BYTES_MAX: usize = 4 << 20;
/// How much of a record that is too large is archived with its reject.
pub const RECORD_BYTES_KEPT_OF_TOO_LARGE: usize = 64 << 10;
/// JSON nested deeper than this is rejected as `too_deep`.
pub const JSON_DEPTH_MAX: usize = 64;
/// JSON with more values than this is rejected as `too_many_nodes`. Thirty megabytes of `{}` would
/// otherwise become gigabytes of tree.
pub const JSON_NODES_MAX: usize = 200_000;
/// A record may state this many events; further ones are counted as unmapped.
pub const EVENTS_PER_RECORD_MAX: usize = 10_000;
/// A text longer than this is cut in the columns of the archive (`raw` keeps it whole).
pub const TEXT_BYTES_MAX: usize = 4 << 10;

/// Changes of an account's or credential's life: the newest are kept.
pub const LIFE_CHANGES_MAX: usize = 128;
/// Listings that say the same of a life: beside the first, the newest are kept. Those between are
/// taken for repeats.
pub const LISTINGS_MAX: usize = 32;
/// Uses kept one by one: the newest.
pub const USES_MAX: usize = 256;
/// Days of which the first and the last use are kept: the newest.
pub const USE_DAYS_MAX: usize = 400;
/// Credentials, grants, applications of one account: the greatest by name are dropped beyond this.
pub const CREDENTIALS_PER_ACCOUNT_MAX: usize = 512;
pub const GRANTS_PER_ACCOUNT_MAX: usize = 4_096;
/// Grants that one finding about several names and cites: the first by name; the others are counted.
pub const GRANTS_TOLD_MAX: usize = 32;
pub const NAMES_PER_ACCOUNT_MAX: usize = 32;
/// Reviews of one grant, or of an account as a whole: the newest are kept.
pub const REVIEWS_PER_GRANT_MAX: usize = 32;
/// Failed attempts to end an account: the newest are kept.
pub const FAILED_ENDS_MAX: usize = 64;
/// Links of one account, one person or one identifier: the greatest by name are dropped.
pub const LINKS_MAX: usize = 4_096;
/// Employee ids that one may be said to be the same as. An id with more of them joins nobody: it
/// stands for an error, such as a `0` in every record.
pub const SELVES_MAX: usize = 16;
/// Employment events of one person: the newest by effective time are kept.
pub const EMPLOYMENT_EVENTS_MAX: usize = 256;
/// Tickets that name one account, address or person: the greatest by name are dropped.
pub const TICKETS_MAX: usize = 1_024;
/// Events of one ticket: the newest are kept.
pub const TICKET_EVENTS_MAX: usize = 64;
/// Devices that name one account, address or person: the greatest by name are dropped.
pub const DEVICES_MAX: usize = 512;
/// Events of one device: the newest are kept.
pub const DEVICE_EVENTS_MAX: usize = 64;
/// Starts and ends of one workflow run: the newest are kept.
pub const RUN_EVENTS_MAX: usize = 64;
/// Steps of one workflow run: the newest are kept.
pub const RUN_STEPS_MAX: usize = 128;
/// Runs of a chain of retries by which one counts for its root; what is further away counts for
/// nobody.
pub const RETRY_HOPS_MAX: u16 = 64;
/// Findings that a home remembers having reported: the newest are kept.
pub const REPORTED_FINDINGS_MAX: usize = 1_024;

/// A config or policy larger than this is refused.
pub const CONFIG_BYTES_MAX: usize = 4 << 20;
/// Findings that the HTTP edge keeps to show: beyond this the longest closed are dropped. Open and
/// exempt ones are always kept.
pub const SHOWN_FINDINGS_MAX: usize = 20_000;
/// Findings in one answer of `/api/findings`: the gravest and newest are given, and how many match.
pub const FINDINGS_PER_ANSWER_MAX: usize = 1_000;
/// Questions about homes that wait for the thread that owns them; further ones are refused.
pub const QUESTIONS_WAITING_MAX: usize = 16;
/// Entries of one timeline: the newest are given, and how many were left out.
pub const TIMELINE_ENTRIES_MAX: usize = 10_000;
/// Rows of one answer of `/api/access`: the first by identity are given, and how many there are.
pub const ACCESS_ROWS_PER_ANSWER_MAX: usize = 50_000;
/// Rows of access that are held in memory at once, for a table or a snapshot: more is an error.
pub const ACCESS_ROWS_MAX: usize = 10_000_000;
/// People of one snapshot: with more of them none is taken, and an error is told.
pub const PEOPLE_ROWS_MAX: usize = 5_000_000;
/// Joiners, movers and leavers of one answer: the first in time are given, and how many there are.
pub const HANDOFFS_PER_ANSWER_MAX: usize = 5_000;
/// Candidates that are named where a name is ambiguous; the others are counted.
pub const CANDIDATES_TOLD_MAX: usize = 20;
/// Sources with labels of their own in metrics: further ones share `other`.
pub const METRIC_SOURCES_MAX: usize = 200;
/// Kafka partitions with labels of their own in metrics: further ones are not shown, and counted.
pub const METRIC_STREAMS_MAX: usize = 2_000;
/// Findings that `tenure findings` reads from a file: it stops with an error beyond.
pub const FINDINGS_READ_MAX: usize = 5_000_000;
/// A line of a findings file longer than this is an error.
pub const FINDING_LINE_BYTES_MAX: usize = 4 << 20;

/// An event dated later than its receipt by more than this is clamped to it and flagged.
pub const FUTURE_SKEW_MAX_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Logical partitions of the key space. Fixed: it is part of the stored state's form.
pub const PARTITIONS: u16 = 64;
/// Rounds of messages between homes that one batch may take. Facts only join, so a batch falls
/// quiet after a few (see ARCHITECTURE.md), a chain of retries after as many as it has runs; more
/// is a bug.
pub const ROUNDS_MAX: usize = 128;

/// Rows of a segment of the archive, and of one of its row groups: the segment is closed at it.
/// A record is never split, so its last one may go over by `EVENTS_PER_RECORD_MAX`.
pub const SEGMENT_ROWS_MAX: usize = 128 << 10;
/// Bytes that an open segment may hold in memory: it is closed at it.
pub const SEGMENT_BYTES_MAX: usize = 64 << 20;

/// An edge delivers batches of at most this many records; more come in the next batch.
pub const BATCH_RECORDS_MAX: usize = 1_024;
/// A batch is closed once it holds this many bytes; one record may carry it beyond.
pub const BATCH_BYTES: usize = 1 << 20;
/// Bytes read from one file before the next file has its turn.
pub const FILE_TURN_BYTES: usize = 256 << 10;
/// Files read at the same time; further ones wait. Bounds the windows of their decoders.
pub const FILES_ACTIVE_MAX: usize = 8;
/// Files at their end that are kept open for growth; others are opened again when they grow.
pub const FILES_OPEN_MAX: usize = 256;
/// Directories below the directory of logs, counted in depth; deeper ones are reported, not read.
pub const DIRECTORY_DEPTH_MAX: usize = 32;
/// Messages handed to Kafka and not yet confirmed; at it, the outbox waits.
pub const PUBLISH_IN_FLIGHT_MAX: usize = 1_024;

/// Facts that are brought home together; more wait for the next round.
pub const FACTS_PER_ROUND: usize = 16 << 10;
/// Entries of the outbox that are handed to a receiver at a time.
pub const DELIVERIES_PER_ROUND: usize = 512;
/// Changes of findings in one file of the archive: it is written when it has so many.
pub const FINDINGS_PER_FILE_MAX: usize = 16 << 10;
/// A key of the state store; a commit with a longer one is refused.
pub const STATE_KEY_BYTES_MAX: usize = 65_535;
/// Changes of one partition held in memory before they are written out as a table.
pub const STATE_MEMTABLE_BYTES: u64 = 8 << 20;
/// The state's journal; at it, the oldest changes are written out as tables.
pub const STATE_JOURNAL_BYTES_MAX: u64 = 256 << 20;
/// Cache of the state's tables. Small: they are read at the start only.
pub const STATE_CACHE_BYTES: u64 = 16 << 20;
/// Looks at a directory after which files that still change do not hold the clock any longer.
pub const FIRST_PASS_LOOKS_MAX: u32 = 20;
/// An identifier, a name or an address longer than this makes no fact; its record is counted as
/// unmapped for it.
pub const ID_BYTES_MAX: usize = 1 << 10;

/// Actions, or fields, of one source that are counted by name; others are counted as `other`.
pub const METRIC_WORDS_MAX: usize = 100;
/// A longer action or field is counted as `other`.
pub const METRIC_WORD_BYTES_MAX: usize = 120;
/// Mappings of a user's directory.
pub const MAPPINGS_MAX: usize = 1_000;
/// A mapping's file; a larger one is refused.
pub const MAPPING_BYTES_MAX: u64 = 4 << 20;
/// Fields of another type than the mapping expects that are named for one event.
pub const MISTYPED_FIELDS_MAX: usize = 8;

/// SQL texts above this are not read for statements.
pub const SQL_BYTES_MAX: usize = 64 << 10;
/// Comparisons of one statement with one form; what takes more does not fit.
pub const SQL_STEPS_MAX: usize = 100_000;
/// A rule file with its tests: a longer one is refused.
pub const RULE_FILE_BYTES_MAX: u64 = 4 << 20;
/// Rule files at one place: more are refused.
pub const RULE_TEST_FILES_MAX: usize = 1_000;
/// Explanations of one rule that are shown for one person; more are counted.
pub const EXPLANATIONS_MAX: usize = 1_000;

/// Kinds of things that a census tells apart; what is of a further kind is left out, and counted.
pub const CENSUS_COUNTS_MAX: usize = 20_000;
/// Homes of a shard that the census looks at between two batches; the others wait for the next gap.
pub const CENSUS_HOMES_MAX: usize = 8_192;
/// Kinds of credentials of one source that have labels of their own in metrics: the most frequent;
/// the rest count as `other`.
pub const METRIC_CREDENTIAL_KINDS_MAX: usize = 10;

/// Problems, and foreign files, that a verification names; the others are counted.
pub const VERIFY_PROBLEMS_MAX: usize = 1_000;
/// A file that has not the length that its commit says is looked into for records up to this many
/// bytes, three times what a segment takes; a longer one is only named.
pub const VERIFY_CHANGED_BYTES_MAX: u64 = 192 << 20;

/// Bytes of a timestamp authority's answer: some kilobytes, with its certificates. A larger one is
/// not used.
pub const TIMESTAMP_BYTES_MAX: usize = 1 << 20;
/// The name of a legal hold, its reason, and the names that it keeps; what is longer is refused.
pub const HOLD_ID_BYTES_MAX: usize = 64;
pub const HOLD_REASON_BYTES_MAX: usize = 1_000;
pub const HOLD_NAMES_MAX: usize = 1_000;
/// Questions to the API that wait to be put down as reads; more are counted together.
pub const API_READS_WAITING_MAX: usize = 4_096;
/// Files of one tombstone; more are let go under a further one.
pub const TOMBSTONE_FILES_MAX: usize = 10_000;
/// Files that a running service lets go before it looks after its archive again.
pub const RETENTION_FILES_PER_TURN: usize = 500;
/// A query longer than this is refused: what is planned for it grows with its text.
pub const QUERY_TEXT_BYTES_MAX: usize = 64 << 10;
/// A query with more operators than this is refused: chains of them are planned in the square of time.
pub const QUERY_OPERATORS_MAX: usize = 1_000;
/// Memory of one query, unless `--memory` says otherwise; one that needs more fails.
pub const QUERY_MEMORY_BYTES: usize = 2 << 30;
/// Time of one query in seconds, unless `--timeout` says otherwise; one that takes longer fails.
pub const QUERY_SECONDS: u64 = 300;
/// Rows of an answer that is held in memory as a whole: more is an error.
pub const QUERY_ANSWER_ROWS_MAX: usize = 5_000_000;
/// Rows of an answer that `tenure query` shows as a table, unless `--rows` says otherwise; the others
/// are counted.
pub const QUERY_TABLE_ROWS: usize = 1_000;
/// Patterns of secrets, ours and the user's together; more are refused.
pub const REDACTION_PATTERNS_MAX: usize = 1_000;
/// A pattern's id; a longer one is refused.
pub const REDACTION_ID_BYTES_MAX: usize = 40;
/// Memory of one pattern's compiled regular expression; one that takes more is refused.
pub const REDACTION_REGEX_BYTES_MAX: usize = 2 << 20;
/// JSON texts within JSON texts in which secrets are looked for; what is wrapped more often is not
/// unwrapped.
pub const REDACTION_DEPTH_MAX: usize = 3;
/// Times that a record is looked at again for what a replacement has made visible.
pub const REDACTION_PASSES_MAX: usize = 4;
