//! A source that delivered before has delivered nothing for silence: event time of the newest
//! record against the clock. Past silences are not told.

use crate::model::finding::RuleId;
use crate::model::id::SourceName;
use crate::simulate::oracle::company::Company;
use crate::simulate::oracle::moments::Stretch;

use super::Opinion;

pub(super) fn judge(company: &Company<'_>, opinions: &mut Vec<Opinion>) {
    for (log, newest) in &company.newest {
        let settings = company.policy.source(&SourceName::new(log));
        let silence = settings.and_then(|settings| settings.silence);
        let silence = silence.unwrap_or_else(|| company.delay(RuleId::SourceSilent));
        let stretch = Stretch {
            from: *newest + silence,
            to: None,
        };
        opinions.push(Opinion::of(format!("source:{log}"), stretch));
    }
}
