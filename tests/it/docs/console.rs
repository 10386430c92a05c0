//! Every `console` block of the pages is executed, page by page in a folder of its own that holds a copy of the examples.
//!
//! A line that starts with `$ ` is a command. Lines below it are its output: `...` stands for any lines, and
//! `[exit status: N]` at the end says that it does not end with 0. A command without such lines only has to end with 0.

use std::fs;

use super::source;
use crate::support::env::{Env, Output};

/// A command and what the page shows below it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    line: usize,
    command: String,
    output: Vec<String>,
}

/// The commands of the `console` blocks of a page.
fn shown(page: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut inside = false;
    for (at, line) in page.lines().enumerate() {
        match (inside, line.trim_end()) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => {
                    found.push(Shown { line: at + 1, command: command.to_owned(), output: Vec::new() });
                }
                (None, Some(last)) => last.output.push(line.to_owned()),
                (None, None) => panic!("line {}: output before any command", at + 1),
            },
            (false, _) => {}
        }
    }
    assert!(!inside, "a block is not closed");
    found
}

/// What to do with a command.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// Run the binary with these arguments.
    Iriskit(Vec<String>),
    /// Needs what a test has not: the compiler around this very test, or a container engine.
    Elsewhere,
}

fn kind(command: &str) -> Option<Kind> {
    let mut words = words(command)?;
    // Variables before a command are not for the binary.
    while words.first().is_some_and(|word| word.split_once('=').is_some_and(|(name, _)| is_variable(name))) {
        words.remove(0);
    }
    let text: Vec<&str> = words.iter().map(String::as_str).collect();
    match text.as_slice() {
        ["cargo", "run", "--release", "--", rest @ ..] | ["iriskit", rest @ ..] => {
            Some(Kind::Iriskit(rest.iter().map(|word| (*word).to_owned()).collect()))
        }
        ["cargo", "test" | "bench" | "build", ..] | ["docker", "build", ..] | [".ci/run"] => Some(Kind::Elsewhere),
        _ => None,
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// The words of a command; `None` where it needs a shell.
fn words(command: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => found.extend(word.take()),
            (None, '|' | '&' | ';' | '<' | '>' | '$' | '`' | '*' | '(' | '\\') => return None,
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    quote.is_none().then_some(found)
}

/// Whether the output is the one shown.
fn agrees(shown: &[String], output: &Output) -> bool {
    if shown.is_empty() {
        return output.code == Some(0);
    }
    let printed = match output.code {
        Some(0) => format!("{}{}", output.stdout, output.stderr),
        code => format!("{}{}[exit status: {}]\n", output.stdout, output.stderr, code.unwrap_or(-1)),
    };
    let ends_well = !shown.last().is_some_and(|line| line.starts_with("[exit status: "));
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let shown: Vec<&str> = shown.iter().map(|line| line.trim_end()).collect();
    (output.code == Some(0) || !ends_well) && matches(&shown, &printed)
}

fn matches(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..])),
        Some((first, rest)) => printed.split_first().is_some_and(|(line, more)| line == first && matches(rest, more)),
    }
}

/// README, CONTRIBUTING and everything under docs/.
fn pages() -> Vec<String> {
    let mut found = vec!["CONTRIBUTING.md".to_owned(), "README.md".to_owned()];
    for entry in fs::read_dir(source::root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            found.push(format!("docs/{}", path.file_name().unwrap().to_string_lossy()));
        }
    }
    found.sort();
    found
}

fn folder() -> Env {
    let env = Env::new();
    for entry in fs::read_dir(source::root().join("examples")).unwrap() {
        let name = format!("examples/{}", entry.unwrap().file_name().to_string_lossy());
        env.write(&name, &source::page(&name));
    }
    env
}

#[test]
fn every_command_of_the_pages_does_what_they_say() {
    let mut wrong = Vec::new();
    let mut run = 0;
    for page in pages() {
        let env = folder();
        for Shown { line, command, output } in shown(&source::page(&page)) {
            match kind(&command) {
                Some(Kind::Iriskit(args)) => {
                    let args: Vec<&str> = args.iter().map(String::as_str).collect();
                    let printed = env.iriskit(&args);
                    run += 1;
                    if !agrees(&output, &printed) {
                        wrong.push(format!("{page}:{line}: {command}\n{printed}"));
                    }
                }
                Some(Kind::Elsewhere) => {}
                None => wrong.push(format!("{page}:{line}: this test knows no such command: {command}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(run > 0, "no page has a command");
}

#[test]
fn every_command_of_the_readme_exists() {
    let env = Env::new();
    let help = env.iriskit(&["--help"]).success();
    let commands: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let readme = source::page("README.md");
    let named: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("iriskit ")?.split(' ').next()).collect();
    assert!(named.len() >= 6, "{named:?}");
    for name in named {
        assert!(commands.contains(&name), "README names `iriskit {name}`, help does not: {commands:?}");
    }
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut pages = pages();
    pages.push("ARCHITECTURE.md".into());
    for page in pages {
        let text = source::page(&page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
            let path = source::root().join(&page).with_file_name(link);
            let path = if page.contains('/') { path } else { source::root().join(link) };
            assert!(path.exists(), "{page} links to {link}");
        }
    }
}

#[test]
fn blocks_are_cut_into_commands() {
    let page =
        "x\n```console\n$ iriskit a 'b c' --d=\"e\"\n...\n[exit status: 1]\n$ cargo test\n```\n```text\n$ no\n```\n";
    let found = shown(page);
    assert_eq!(found.iter().map(|shown| shown.line).collect::<Vec<_>>(), [3, 6]);
    assert_eq!(found[0].output, ["...", "[exit status: 1]"]);
    let args = ["a", "b c", "--d=e"].map(str::to_owned).to_vec();
    assert_eq!(kind(&found[0].command), Some(Kind::Iriskit(args)));
    assert_eq!(kind("A=b cargo test --workspace"), Some(Kind::Elsewhere));
    for odd in ["iriskit a | b", "curl x", "iriskit 'a", "A=b", "cargo run -- x"] {
        assert_eq!(kind(odd), None, "{odd}");
    }
}

#[test]
fn shown_output_is_compared() {
    let output = |code| Output { stdout: "a\nb\n".into(), stderr: "c\n".into(), code: Some(code) };
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for (text, code, good) in [
        ("", 0, true),
        ("", 1, false),
        ("a\nb\nc", 0, true),
        ("a\n...\nc", 0, true),
        ("...", 0, true),
        ("...", 1, false),
        ("a\nc", 0, false),
        ("...\n[exit status: 2]", 2, true),
        ("...\n[exit status: 2]", 1, false),
        ("...\n[exit status: 2]", 0, false),
    ] {
        assert_eq!(agrees(&lines(text), &output(code)), good, "{text:?} {code}");
    }
}
