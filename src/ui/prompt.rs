//! Questions that stand between a plan and the cluster. Without a terminal the question can't be asked, which is a refusal.

use std::io::{self, BufRead};

use super::{Label, Ui, clean, wrap};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Exactly the word that was asked for.
    Given,
    /// Anything else, or the end of input.
    Declined,
}

/// Why nothing could be asked.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// Standard input or standard error is not a terminal.
    #[error("there is no terminal to ask on")]
    NoTerminal,
    /// The answer could not be read.
    #[error("the answer can't be read: {0}")]
    Read(#[from] io::Error),
}

impl Ui {
    /// Asks `question` and takes only `word` for an answer. Terminals edit the line, so the word may be followed by
    /// spaces, nothing more.
    ///
    /// # Errors
    /// There is no terminal, or it can't be read.
    pub fn ask_for(&self, question: &str, word: &str) -> Result<Confirmation, PromptError> {
        if !self.asks() {
            return Err(PromptError::NoTerminal);
        }
        let look = self.err();
        let lines = question.lines().flat_map(|line| wrap(&clean(line), look.width));
        let question: Vec<String> = lines.map(|line| look.paint(Label::Heading, line)).collect();
        self.status(&format!(
            "\n{}\nOnly {} is accepted as approval: ",
            question.join("\n"),
            look.paint(Label::Command, format_args!("`{word}`"))
        ));
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line)?;
        if read == 0 {
            self.status("\n"); // the end of input leaves the cursor behind the question
        }
        Ok(if line.trim_end() == word { Confirmation::Given } else { Confirmation::Declined })
    }
}
