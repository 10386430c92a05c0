//! Bodies of answers: whole, or the endless one of a watch.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::Stream;
use http_body::{Body, Frame, SizeHint};

/// The connection broke off; only a fault that a test asked for does this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("connection reset by the sandbox")]
pub struct Cut;

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// The body of an answer.
pub struct SandboxBody(Kind);

enum Kind {
    Whole(Option<Bytes>),
    Stream(Pin<Box<dyn Stream<Item = Result<Bytes, Cut>> + Send>>),
    Cut,
}

impl SandboxBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(Some(bytes)))
    }

    pub(super) fn stream(stream: impl Stream<Item = Result<Bytes, Cut>> + Send + 'static) -> Self {
        Self(Kind::Stream(Box::pin(stream)))
    }

    /// The first half of it, and then its end, or a connection that breaks off.
    pub(super) fn half(self, breaks: bool) -> Self {
        let Kind::Whole(Some(bytes)) = self.0 else { return Self(Kind::Cut) };
        let half = bytes.slice(..bytes.len() / 2);
        if breaks { Self::stream(futures::stream::iter([Ok(half), Err(Cut)])) } else { Self::whole(half) }
    }

    /// A body that breaks off at once: the answer is lost.
    pub(super) fn cut() -> Self {
        Self(Kind::Cut)
    }
}

impl fmt::Debug for SandboxBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Whole(bytes) => out.debug_tuple("Whole").field(bytes).finish(),
            Kind::Stream(_) => out.write_str("Stream"),
            Kind::Cut => out.write_str("Cut"),
        }
    }
}

impl Body for SandboxBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut self.get_mut().0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Stream(stream) => {
                stream.as_mut().poll_next(context).map(|next| next.map(|next| next.map(Frame::data)))
            }
            Kind::Cut => Poll::Ready(Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Kind::Stream(_) | Kind::Cut => SizeHint::default(),
        }
    }
}
