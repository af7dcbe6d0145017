//! Questions about homes, put to the thread that owns them and answered between its rounds.
//!
//! A question sees nothing that is not durable. It holds up the stream while it looks: it takes
//! what it needs, and whoever asked thinks about it.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::shards::Shards;
use crate::model::limits::QUESTIONS_WAITING_MAX;
use crate::model::time::Timestamp;

/// How long somebody waits for an answer. A round of facts takes a fraction of it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// What a question looks at.
pub struct View<'a> {
    pub shards: &'a Shards,
    /// The time as of which homes were last assessed.
    pub now: Timestamp,
}

/// A question, which sends its answer itself.
pub struct Question(Box<dyn FnOnce(&View<'_>) + Send>);

/// Where questions are put. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Questions(Sender<Question>);

/// Why there is no answer. All of them pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    #[error("{QUESTIONS_WAITING_MAX} questions wait already, ask again in a moment")]
    Busy,
    #[error("the service is starting or stopping, ask again in a moment")]
    Closed,
    #[error("no answer within {}s, ask again later", ANSWER_TIMEOUT.as_secs())]
    TooLate,
}

impl Questions {
    /// Where questions are put, and where they come out. At most [`QUESTIONS_WAITING_MAX`] wait.
    pub fn new() -> (Self, Receiver<Question>) {
        let (questions, asked) = bounded(QUESTIONS_WAITING_MAX);
        (Questions(questions), asked)
    }

    /// Asks, and waits for the answer.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&View<'_>) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (tell, told) = oneshot::channel();
        let question = Question(Box::new(move |view| {
            // Nobody may wait any more: then it is not worth the look.
            if !tell.is_closed() && tell.send(question(view)).is_err() {
                tracing::debug!("an answer came too late");
            }
        }));
        self.0.try_send(question).map_err(|error| match error {
            TrySendError::Full(_) => Unanswered::Busy,
            TrySendError::Disconnected(_) => Unanswered::Closed,
        })?;
        match tokio::time::timeout(ANSWER_TIMEOUT, told).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_closed)) => Err(Unanswered::Closed),
            Err(_elapsed) => Err(Unanswered::TooLate),
        }
    }
}

impl Question {
    pub fn answer(self, view: &View<'_>) {
        (self.0)(view);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::policy::Policy;

    #[test]
    fn a_question_is_answered_a_full_queue_refuses_and_a_closed_one_says_so() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("runtime");
        let shards = Shards::start(3, &Arc::new(Policy::default())).expect("shards");
        let now = Timestamp::from_seconds(7);
        let (questions, asked) = Questions::new();
        let answering = std::thread::spawn(move || {
            let view = View {
                shards: &shards,
                now,
            };
            asked.recv().expect("a question").answer(&view);
            asked
        });
        let ask = |view: &View<'_>| {
            let counted = view.shards.look(|engine| engine.accounts().count());
            (view.now, counted)
        };
        let answer = runtime.block_on(questions.ask(ask));
        assert_eq!(answer, Ok((now, vec![0, 0, 0])));
        let asked = answering.join().expect("joined");
        for _ in 0..QUESTIONS_WAITING_MAX {
            let question = Question(Box::new(|_| ()));
            questions.0.try_send(question).expect("room");
        }
        let busy = runtime.block_on(questions.ask(|view| view.now));
        assert_eq!(busy, Err(Unanswered::Busy));
        drop(asked);
        let closed = runtime.block_on(questions.ask(|view| view.now));
        assert_eq!(closed, Err(Unanswered::Closed));
    }
}
