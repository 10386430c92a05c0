//! The streams. Standard output carries what was asked for, everything else goes to standard error.

use std::io::{self, Write};

use super::{ColourChoice, Environment, Look};

/// The terminal of this run.
#[derive(Debug, Clone)]
pub struct Ui {
    out: Look,
    err: Look,
    asks: bool,
    bars: bool,
}

impl Ui {
    /// Decides everything once.
    pub fn new(choice: ColourChoice, environment: &Environment) -> Self {
        Self {
            out: environment.look(choice, environment.stdout),
            err: environment.look(choice, environment.stderr),
            asks: environment.stdin && environment.stderr,
            bars: environment.stderr && !environment.ci && !environment.dumb,
        }
    }

    /// How text looks on standard output.
    pub fn out(&self) -> Look {
        self.out
    }

    /// How text looks on standard error.
    pub fn err(&self) -> Look {
        self.err
    }

    /// Whether a question can be asked.
    pub fn asks(&self) -> bool {
        self.asks
    }

    /// Whether progress is drawn, and not logged line by line.
    pub fn bars(&self) -> bool {
        self.bars
    }

    /// Writes the result of a command.
    ///
    /// # Errors
    /// The stream is closed or full. Nothing may be changed in a cluster after a plan that could not be printed.
    pub fn print(&self, text: &str) -> io::Result<()> {
        let mut stream = io::stdout().lock();
        stream.write_all(text.as_bytes())?;
        stream.flush()
    }

    /// Writes what accompanies the result. A closed stream is no reason to stop a run half-way, so nothing is returned.
    pub fn status(&self, text: &str) {
        let mut stream = io::stderr().lock();
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }
}
