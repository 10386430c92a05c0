//! A function that asks, run step by step by whoever answers. The function is written as `async`, without any executor: it
//! stops where it asks and goes on with the answers.

use std::{
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use super::question::{Answer, Question};

/// The asking side.
#[derive(Clone, Default)]
pub struct Dialogue {
    exchange: Arc<Mutex<Exchange>>,
}

#[derive(Default)]
struct Exchange {
    /// Asked and not handed over yet.
    asked: Vec<Question>,
    /// Whether the asking side needs the answers to go on.
    waits: bool,
    /// The answers, in the order of the questions.
    answers: Option<Vec<Answer>>,
}

/// What the asking side wants next.
pub enum Turn<T> {
    /// These questions may be sent; it goes on meanwhile.
    Ask(Vec<Question>),
    /// It needs the answers to everything it asked since the last answers.
    Await,
    /// It has come to its end.
    Done(T),
}

/// A conversation under way.
pub struct Conversation<'a, T> {
    dialogue: Dialogue,
    asking: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
}

impl Dialogue {
    /// Sends questions, and goes on before they are answered.
    pub(crate) async fn send(&self, questions: impl IntoIterator<Item = Question>) {
        self.locked(|exchange| exchange.asked.extend(questions));
        Pause::default().await;
    }

    /// The answers to everything that was sent since the last answers, in the order in which it was sent.
    pub(crate) async fn answers(&self) -> Vec<Answer> {
        loop {
            if let Some(answers) = self.locked(|exchange| exchange.answers.take()) {
                return answers;
            }
            self.locked(|exchange| exchange.waits = true);
            Pause::default().await;
        }
    }

    /// Sends questions and waits for their answers, which come in the order of the questions.
    pub(crate) async fn ask(&self, questions: Vec<Question>) -> Vec<Answer> {
        if questions.is_empty() {
            return Vec::new();
        }
        self.send(questions).await;
        self.answers().await
    }

    fn locked<R>(&self, work: impl FnOnce(&mut Exchange) -> R) -> R {
        work(&mut self.exchange.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'a, T> Conversation<'a, T> {
    /// Begins a conversation with a function that asks.
    pub fn begin<F>(asking: impl FnOnce(Dialogue) -> F) -> Self
    where
        F: Future<Output = T> + Send + 'a,
    {
        let dialogue = Dialogue::default();
        Self { asking: Box::pin(asking(dialogue.clone())), dialogue }
    }

    /// Goes on: after [`Turn::Await`] with the answers, else with none.
    pub fn resume(&mut self, answers: Vec<Answer>) -> Turn<T> {
        self.dialogue.locked(|exchange| {
            if mem::take(&mut exchange.waits) {
                exchange.answers = Some(answers);
            }
        });
        loop {
            if let Poll::Ready(result) = self.asking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return Turn::Done(result);
            }
            let (asked, waits) = self.dialogue.locked(|exchange| (mem::take(&mut exchange.asked), exchange.waits));
            if !asked.is_empty() {
                return Turn::Ask(asked);
            }
            if waits {
                return Turn::Await;
            }
        }
    }
}

/// Lets the other side act once.
#[derive(Default)]
struct Pause {
    over: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if mem::replace(&mut self.over, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod tests {
    use iriskit_kubernetes::schema::ObjectRef;

    use super::{super::question::Read, *};

    fn get(name: &str) -> Question {
        Question::Read(Read::Get(ObjectRef::namespaced("v1", "Pod", "n", name)))
    }

    #[test]
    fn questions_go_out_at_once_and_answers_come_when_they_are_needed() {
        let mut conversation = Conversation::begin(async |dialogue: Dialogue| {
            dialogue.send([get("a")]).await;
            dialogue.send([get("b"), get("c")]).await;
            let first = dialogue.answers().await;
            let second = dialogue.ask(vec![get("d")]).await;
            assert!(dialogue.ask(Vec::new()).await.is_empty());
            (first, second)
        });
        let may = |yes| Answer::May(yes);
        assert!(matches!(conversation.resume(Vec::new()), Turn::Ask(asked) if asked == [get("a")]));
        assert!(matches!(conversation.resume(Vec::new()), Turn::Ask(asked) if asked == [get("b"), get("c")]));
        assert!(matches!(conversation.resume(Vec::new()), Turn::Await));
        let turn = conversation.resume(vec![may(true), may(false), may(true)]);
        assert!(matches!(turn, Turn::Ask(asked) if asked == [get("d")]));
        assert!(matches!(conversation.resume(Vec::new()), Turn::Await));
        let Turn::Done((first, second)) = conversation.resume(vec![may(false)]) else { panic!("it is over") };
        assert_eq!((first, second), (vec![may(true), may(false), may(true)], vec![may(false)]));
    }
}
