//! Answers to a planner's questions by a cluster.

use std::{sync::Arc, time::Duration};

use iriskit_core::plan::planner::{Answer, Conversation, Question, Read, Refusal, RefusalKind, Turn, Write};
use iriskit_kubernetes::{schema::ObjectRef, views::readiness::is_unsettled};
use serde_json::Value;
use tokio::{
    sync::Semaphore,
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::SurveyError;
use crate::cluster::{ApiError, Applied, ApplyMode, Cluster, DeleteOptions};

/// Dry-runs and questions about rights on their way at the same time. Reads are few.
const AT_ONCE: usize = 16;
/// How long a plan waits for controllers to see what was changed just before, and how often it looks.
const SETTLES_WITHIN: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(100);

/// Answers a planner's questions until it has come to its end. Each answer is read on whatever core is free, while the planner
/// goes on.
pub(super) async fn converse<T>(cluster: &Cluster, mut conversation: Conversation<'_, T>) -> Result<T, SurveyError> {
    let limit = Arc::new(Semaphore::new(AT_ONCE));
    let mut running: Vec<(String, JoinHandle<Result<Answer, ApiError>>)> = Vec::new();
    let mut answers = Vec::new();
    loop {
        match conversation.resume(std::mem::take(&mut answers)) {
            Turn::Ask(questions) => running.extend(questions.into_iter().map(|question| {
                let (cluster, limit) = (cluster.clone(), Arc::clone(&limit));
                (question.to_string(), tokio::spawn(async move { limited(&cluster, question, &limit).await }))
            })),
            Turn::Await => {
                for (what, answer) in running.drain(..) {
                    // The panic hook reports the reason, as far as it is not secret.
                    let answer = answer.await.unwrap_or_else(|_| {
                        Err(ApiError::Transport { message: "the request was abandoned".to_owned(), sent: true })
                    });
                    answers.push(answer.map_err(|error| SurveyError::Api { what, error: Box::new(error) })?);
                }
            }
            Turn::Done(result) => return Ok(result),
        }
    }
}

async fn limited(cluster: &Cluster, question: Question, limit: &Semaphore) -> Result<Answer, ApiError> {
    let _permit = match question {
        Question::Read(_) | Question::Settle { .. } => None,
        Question::DryRun(_) | Question::May { .. } => limit.acquire().await.ok(),
    };
    answer(cluster, question).await
}

async fn answer(cluster: &Cluster, question: Question) -> Result<Answer, ApiError> {
    match question {
        Question::Read(read) => unread(read_from(cluster, read).await),
        Question::Settle { read, objects } => unread(settled(cluster, read, &objects).await),
        Question::DryRun(write) => told(dry_run(cluster, write).await, |_| true),
        Question::May { verb, api_version, kind, namespace, name } => {
            match cluster.can(&verb, &api_version, &kind, namespace.as_deref(), name.as_deref()).await {
                // Who may not even ask learns it from the writes.
                Err(error) if matches!(error.code(), Some(403 | 404)) => Ok(Answer::May(true)),
                answer => answer.map(Answer::May),
            }
        }
    }
}

/// Who may not read is refused, by whatever authorizer and in whatever words; so is who asks for a kind that is not served, or that
/// can't be listed. Anything else ends the conversation.
fn unread(answer: Result<Answer, ApiError>) -> Result<Answer, ApiError> {
    match answer {
        Err(ApiError::Status { code: code @ 403, message, .. }) => {
            Ok(Answer::Refused(Refusal { code, kind: RefusalKind::MissingRight, message }))
        }
        Err(ApiError::Status { code: code @ (404 | 405), message, .. }) => {
            Ok(Answer::Refused(Refusal { code, kind: RefusalKind::NotFound, message }))
        }
        answer => answer,
    }
}

/// A refusal of an expected kind is an answer; anything else ends the conversation.
fn told(answer: Result<Answer, ApiError>, expected: impl Fn(RefusalKind) -> bool) -> Result<Answer, ApiError> {
    let error = match answer {
        Err(error) => error,
        answer => return answer,
    };
    let kind = kind_of(&error);
    match error {
        ApiError::Status { code, message, .. } if expected(kind) => {
            Ok(Answer::Refused(Refusal { code, kind, message }))
        }
        error => Err(error),
    }
}

fn kind_of(error: &ApiError) -> RefusalKind {
    if error.is_forbidden_rbac() {
        RefusalKind::MissingRight
    } else if error.is_not_found() {
        RefusalKind::NotFound
    } else if error.is_already_exists() {
        RefusalKind::AlreadyExists
    } else {
        RefusalKind::Other
    }
}

async fn read_from(cluster: &Cluster, read: Read) -> Result<Answer, ApiError> {
    Ok(match read {
        Read::List { api_version, kind, namespace } => {
            Answer::Objects(cluster.list(&api_version, &kind, namespace.as_deref(), None).await?.items)
        }
        Read::Get(object) => Answer::Object(cluster.get(&object).await?),
    })
}

/// Reads until controllers have seen these objects, or for as long as a plan waits for that.
async fn settled(cluster: &Cluster, read: Read, objects: &[ObjectRef]) -> Result<Answer, ApiError> {
    let end = Instant::now() + SETTLES_WITHIN;
    loop {
        sleep(PAUSE).await;
        let answer = read_from(cluster, read.clone()).await?;
        let matters = |found: &&Value| ObjectRef::of(found).is_some_and(|found| objects.contains(&found));
        let is_late = match &answer {
            Answer::Objects(found) => found.iter().filter(matters).any(is_unsettled),
            _ => false,
        };
        if !is_late || Instant::now() >= end {
            return Ok(answer);
        }
    }
}

async fn dry_run(cluster: &Cluster, write: Write) -> Result<Answer, ApiError> {
    let stored = |applied: Applied| Answer::Stored { object: applied.object, warnings: applied.warnings };
    let mode = ApplyMode { dry_run: true, force: true };
    Ok(match write {
        Write::Apply { object, body } => stored(cluster.apply(&object, &body, mode).await?),
        Write::Patch { object, patch } => stored(cluster.rehearse_patch(&object, &patch).await?),
        Write::Create { object, body } => {
            Answer::Stored { object: cluster.attempt_create(&object, &body).await?, warnings: Vec::new() }
        }
        Write::Delete { object, uid } => {
            cluster.delete(&object, &DeleteOptions { uid, dry_run: true, ..DeleteOptions::default() }).await?;
            Answer::Deletable
        }
    })
}
