//! Text of sections with `key=value` lines: CPF merge files, CSP.ini, and whatever may look like them.
//!
//! In: text and its format. Out: its lines one by one ([`lines`]), or a document that can be changed ([`Document`]).

mod document;
mod lexer;

pub(crate) use document::Document;
pub(crate) use lexer::{Content, Format, Line, lines};
