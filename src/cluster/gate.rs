//! The gate that changes of the cluster pass on their way out: once it is closed nothing goes out that had not been sent.
//! It stands behind all queues of the client, so that a request that still waits in one is held back as well.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use futures::future::{Either, Ready, ready};
use http::Request;
use http_body::{Body, Frame, SizeHint};
use tokio::{sync::watch, time::Instant};
use tower::{BoxError, Layer, Service};

/// Lets changes out until it is closed. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct WriteGate(Arc<Gate>);

#[derive(Debug, Default)]
struct Gate {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// When it closes by itself, by two clocks: one of them stands still while the machine sleeps.
    end: Option<(Instant, SystemTime)>,
    /// Sent, and not answered yet.
    on_their_way: usize,
}

impl State {
    fn is_closed(&self) -> bool {
        self.closed || self.is_over()
    }

    fn is_over(&self) -> bool {
        self.end.is_some_and(|(end, wall)| Instant::now() >= end || SystemTime::now() >= wall)
    }
}

impl WriteGate {
    /// Closes it for good. Says how many requests were sent before and are not answered.
    pub(crate) fn close(&self) -> usize {
        let mut state = self.state();
        state.closed = true;
        let on_their_way = state.on_their_way;
        drop(state);
        self.0.changed.send_replace(());
        on_their_way
    }

    /// Closes it at `end`, unless another time is given until then. One that is closed stays so: the machine may have slept.
    pub(crate) fn close_at(&self, end: Instant) {
        let left = end.saturating_duration_since(Instant::now());
        let mut state = self.state();
        if !state.is_over() {
            state.end = Some((end, SystemTime::now() + left));
        }
    }

    /// Whether the time has passed at which it closes by itself.
    pub(crate) fn is_over(&self) -> bool {
        self.state().is_over()
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed()
    }

    #[cfg(test)]
    fn on_their_way(&self) -> usize {
        self.state().on_their_way
    }

    /// Done when it is closed.
    pub(crate) async fn closed(&self) {
        self.until(State::is_closed).await;
    }

    /// Done when everything that was sent is answered.
    pub(crate) async fn all_answered(&self) {
        self.until(|state| state.on_their_way == 0).await;
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        let mut changed = self.0.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let there = holds(&self.state());
            // The gate holds the sender, so this never ends by itself.
            if there || changed.changed().await.is_err() {
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request at its gate. It counts as on its way from when it was sent until the last clone of this is gone.
#[derive(Debug, Clone)]
pub(super) struct Passage(Arc<AtGate>);

#[derive(Debug)]
struct AtGate {
    gate: WriteGate,
    state: AtomicU8,
}

const WAITING: u8 = 0;
const SENT: u8 = 1;
const WITHHELD: u8 = 2;

impl Passage {
    pub(super) fn new(gate: &WriteGate) -> Self {
        Self(Arc::new(AtGate { gate: gate.clone(), state: AtomicU8::new(WAITING) }))
    }

    /// Whether it may go out, asked in the moment in which it does.
    fn enter(&self) -> Result<(), Withheld> {
        let mut state = self.0.gate.state();
        if self.0.state.load(Ordering::SeqCst) == SENT {
            return Ok(());
        }
        if state.is_closed() {
            self.0.state.store(WITHHELD, Ordering::SeqCst);
            return Err(Withheld);
        }
        state.on_their_way += 1;
        self.0.state.store(SENT, Ordering::SeqCst);
        Ok(())
    }

    /// Whether it was held back, or would be.
    pub(super) fn is_withheld(&self) -> bool {
        match self.0.state.load(Ordering::SeqCst) {
            WITHHELD => true,
            WAITING => self.0.gate.is_closed(),
            _ => false,
        }
    }
}

impl Drop for AtGate {
    fn drop(&mut self) {
        if self.state.load(Ordering::SeqCst) == SENT {
            self.gate.state().on_their_way -= 1;
            self.gate.0.changed.send_replace(());
        }
    }
}

/// The request was not sent: the run had been stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not sent: the run was stopped")]
pub(super) struct Withheld;

/// Holds requests back in front of a service that deals with them at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct GateLayer;

/// See [`GateLayer`].
#[derive(Debug, Clone)]
pub(super) struct AtTheGate<S>(S);

impl<S> Layer<S> for GateLayer {
    type Service = AtTheGate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AtTheGate(inner)
    }
}

impl<S, B> Service<Request<B>> for AtTheGate<S>
where
    S: Service<Request<B>>,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Either<Ready<Result<S::Response, BoxError>>, futures::future::ErrInto<S::Future, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match request.extensions().get::<Passage>().map_or(Ok(()), Passage::enter) {
            Ok(()) => Either::Right(futures::TryFutureExt::err_into(self.0.call(request))),
            Err(withheld) => Either::Left(ready(Err(withheld.into()))),
        }
    }
}

/// A body that is held back when the gate is closed in the moment in which the connection takes it: without its body no
/// server acts on a write.
pub(super) struct GatedBody<B> {
    inner: B,
    passage: Option<Passage>,
}

impl<B> GatedBody<B> {
    /// The request with such a body, where it has a gate to pass.
    pub(super) fn of(request: Request<B>) -> Request<Self> {
        let passage = request.extensions().get::<Passage>().cloned();
        request.map(|inner| Self { inner, passage })
    }
}

impl<B> Body for GatedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Some(Err(withheld)) = this.passage.as_ref().map(Passage::enter) {
            return Poll::Ready(Some(Err(withheld.into())));
        }
        Pin::new(&mut this.inner).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use http_body_util::{BodyExt as _, Full};

    use super::*;

    #[test]
    fn what_was_sent_counts_until_it_is_answered_and_nothing_follows_it() {
        let gate = WriteGate::default();
        let (first, second) = (Passage::new(&gate), Passage::new(&gate));
        assert_eq!(first.enter(), Ok(()));
        assert_eq!(first.enter(), Ok(()), "a body comes in several pieces");
        assert_eq!(gate.on_their_way(), 1);
        assert!(!second.is_withheld());
        assert_eq!(gate.close(), 1);
        assert!(second.is_withheld() && !first.is_withheld());
        assert_eq!(second.enter(), Err(Withheld));
        assert!(gate.all_answered().now_or_never().is_none());
        drop(first);
        assert_eq!((gate.on_their_way(), gate.all_answered().now_or_never()), (0, Some(())));
        assert_eq!(gate.closed().now_or_never(), Some(()));
    }

    #[test]
    fn a_body_that_waits_in_a_queue_is_held_back() {
        let gate = WriteGate::default();
        let request = |gate: &WriteGate| {
            let mut request = Request::new(Full::new(Bytes::from_static(b"x")));
            request.extensions_mut().insert(Passage::new(gate));
            GatedBody::of(request).into_body()
        };
        let (sent, waits) = (request(&gate), request(&gate));
        assert!(sent.collect().now_or_never().unwrap().is_ok());
        gate.close();
        assert!(waits.collect().now_or_never().unwrap().is_err());
    }
}
