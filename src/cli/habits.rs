//! What people type out of habit with other tools, and how it is said here. What would be understood as something else, and
//! do that without a word, is refused before anything is parsed.

use std::path::Path;

use clap::Command;

use super::{CliError, ErrorId};

/// A word of another tool, what it means there, and the way here.
type Way = (&'static [&'static str], &'static str, &'static str);

/// The way that is said with the command that was typed.
const FILES: &str = "iriskit COMMAND FILE…";

/// Options that no command of iriskit has, or not the one that was typed.
const OPTIONS: &[Way] = &[
    (&["-f", "--file", "--filename"], "files are named without a flag", FILES),
    (
        &["-A", "--all-namespaces"],
        "a document says its namespace itself",
        "--namespace NAME is for documents that name none",
    ),
    (&["--dry-run"], "`plan` shows what would happen and changes nothing", "iriskit plan FILE…"),
    (&["-y", "--yes", "--force"], "approval is given with another flag", "--auto-approve"),
    (&["--no-color", "-no-color"], "colours are chosen with another flag", "--color never, or NO_COLOR=1"),
    (&["--output"], "JSON is asked for with a flag of its own", "--json"),
    (&["-k", "--kustomize"], "manifests are read as they are", "kubectl kustomize FOLDER | iriskit plan -"),
    (
        &["--set", "--var", "-var", "--var-file", "-var-file", "--values"],
        "manifests are read as they are",
        "helm template … | iriskit plan -",
    ),
    (&["-R", "--recursive"], "a folder stands for the manifests directly in it", "iriskit plan FOLDER FOLDER/INNER"),
    (&["--target", "-target"], "an IrisCluster is planned as a whole", "name the file of the one that is meant"),
    (&["--wait"], "apply waits until everything is ready", "--timeout TIME"),
    (&["--prune"], "what the manifests no longer have is deleted", "`iriskit plan` shows it"),
    (&["-refresh", "--refresh", "-refresh-only"], "every plan reads the cluster anew", "leave it out"),
    (&["-input", "--input"], "without a terminal nothing is asked", "leave it out"),
    (
        &["-o", "--out"],
        "what this command prints goes to standard output",
        "> FILE behind the command saves it; `iriskit plan FILE… -o PLANFILE` saves a plan",
    ),
    (&["-chdir", "--chdir"], "files are named by their path", "iriskit plan FOLDER"),
];

/// Commands of other tools.
const COMMANDS: &[Way] = &[
    (&["diff", "preview"], "the difference to the cluster is a plan", "iriskit plan FILE…"),
    (&["delete", "remove", "uninstall", "down"], "what was applied is removed by destroy", "iriskit destroy NAME"),
    (
        &["create", "install", "upgrade", "deploy", "up", "run"],
        "what is planned is made by apply",
        "iriskit apply FILE…",
    ),
    (&["template", "build"], "the objects are printed by render", "iriskit render FILE…"),
    (&["lint", "check", "fmt"], "manifests are checked by validate", "iriskit validate FILE…"),
    (&["init"], "there is nothing to set up", "iriskit plan FILE…"),
    (&["import", "adopt"], "what others made is taken over by a plan", "iriskit plan FILE… --adopt"),
    (&["refresh"], "every plan reads the cluster anew", "iriskit plan FILE…"),
    (&["get", "describe", "logs", "exec"], "objects are looked at with kubectl", "kubectl get pods,pvc -n NAMESPACE"),
    (
        &["completion", "completions"],
        "there are no completion scripts in this version",
        "iriskit help COMMAND lists its options",
    ),
];

/// How that is said here, if it was said as with another tool. `all` are the commands of iriskit.
pub(super) fn answer(all: &Command, arguments: &[String]) -> Option<CliError> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).take_while(|argument| *argument != "--").collect();
    let spoken = arguments.iter().find(|argument| !argument.starts_with('-'))?;
    let Some(command) = all.find_subcommand(spoken) else {
        if is_manifest(spoken) {
            let text =
                format!("what is to be done with `{spoken}`? `plan` shows what would happen and changes nothing");
            return Some(told(&text, &format!("iriskit plan {spoken}")));
        }
        let (_, text, way) = COMMANDS.iter().find(|(names, ..)| names.contains(spoken))?;
        return Some(told(&format!("`{spoken}` is no command of iriskit: {text}"), way));
    };
    // `lock status` has options of its own.
    let words = arguments.iter().filter(|argument| !argument.starts_with('-')).skip(1);
    let inner = words.into_iter().find_map(|word| command.find_subcommand(word)).unwrap_or(command);
    let has_long = |name: &str| [all, command, inner].into_iter().any(|each| knows(each, name));
    let has_short = |letter: char| {
        let mut options = [all, command, inner].into_iter().flat_map(Command::get_arguments);
        options.any(|option| option.get_short() == Some(letter))
    };
    for (at, argument) in arguments.iter().enumerate() {
        let (name, value) = argument.split_once('=').map_or((*argument, None), |(name, value)| (name, Some(value)));
        let bare = name.trim_start_matches('-');
        let single = name.starts_with('-') && !name.starts_with("--");
        let known = match (single, bare.chars().next()) {
            (true, Some(letter)) if bare.len() == 1 => has_short(letter),
            (true, _) => false,
            _ => has_long(bare),
        };
        if !name.starts_with('-') || known {
            if *argument == "--sandbox" {
                let next = arguments.get(at + 1).copied();
                if let Some(folder) = next.filter(|next| next != spoken && is_meant_as_sandbox(next, command)) {
                    return Some(told(
                        &format!("`--sandbox {folder}` takes `{folder}` for a manifest"),
                        &format!("--sandbox={folder}"),
                    ));
                }
            }
            continue;
        }
        if let Some((_, text, way)) = OPTIONS.iter().find(|(names, ..)| names.contains(&name)) {
            return Some(told(&format!("`{argument}`: {text}"), &way.replace("COMMAND", spoken)));
        }
        if single && bare.len() > 1 && has_long(bare) {
            let value = value.map(|value| format!("={value}")).unwrap_or_default();
            return Some(told(
                &format!("`{argument}`: an option of more than one letter has two dashes"),
                &format!("--{bare}{value}"),
            ));
        }
        if let Some(other) = all.get_subcommands().find(|other| knows(other, bare)).filter(|_| bare.len() > 1) {
            let text = format!("`{argument}` is an option of `iriskit {}`, not of `{spoken}`", other.get_name());
            return Some(told(&text, &format!("iriskit help {spoken} lists what it takes")));
        }
    }
    None
}

fn knows(command: &Command, long: &str) -> bool {
    matches!(long, "help" | "version") || command.get_arguments().any(|option| option.get_long() == Some(long))
}

fn is_manifest(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
}

/// Whether the word behind `--sandbox` is the folder of one, and neither a manifest nor the name of a cluster.
fn is_meant_as_sandbox(word: &str, command: &Command) -> bool {
    let path = Path::new(word);
    let manifest = is_manifest(word);
    let name = command.get_name() == "destroy" && !word.contains(['/', '.']);
    let is_sandbox = path.join("state.json").exists();
    let nothing = !path.exists() && !manifest && !name && word != "-" && !word.contains("://");
    !word.starts_with('-')
        && (is_sandbox || nothing)
        && matches!(command.get_name(), "plan" | "apply" | "destroy" | "render" | "snapshot" | "validate")
}

fn told(text: &str, way: &str) -> CliError {
    CliError::new(ErrorId::WrongFlag, text).help(way)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn way(typed: &str) -> Option<String> {
        let typed: Vec<String> = typed.split(' ').map(str::to_owned).collect();
        answer(&crate::cli::Cli::command(), &typed)
            .and_then(|error| error.message)
            .and_then(|message| message.help.into_iter().next())
    }

    #[test]
    fn words_of_other_tools_are_answered_with_the_way() {
        for (typed, expected) in [
            ("plan m.yaml -out=p1", "--out=p1"),
            ("plan m.yaml -no-color", "--color never, or NO_COLOR=1"),
            ("apply m.yaml -auto-approve", "--auto-approve"),
            ("apply -f m.yaml", "iriskit apply FILE…"),
            ("-f m.yaml", "iriskit plan m.yaml"),
            ("plan m.yaml -auto-approve", "iriskit help plan lists what it takes"),
            ("validate m.yaml --detailed-exitcode", "iriskit help validate lists what it takes"),
            ("apply m.yaml --dry-run=server", "iriskit plan FILE…"),
            ("plan m.yaml -A", "--namespace NAME is for documents that name none"),
            ("plan m.yaml --output json", "--json"),
            ("plan --sandbox absent/box m.yaml", "--sandbox=absent/box"),
            ("destroy one --sandbox absent/box", "--sandbox=absent/box"),
            ("diff m.yaml", "iriskit plan FILE…"),
            ("delete one", "iriskit destroy NAME"),
            ("completion bash", "iriskit help COMMAND lists its options"),
            ("show -json p.plan", "--json"),
        ] {
            assert_eq!(way(typed).as_deref(), Some(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_right_is_left_alone() {
        for typed in [
            "plan m.yaml -o p.plan -n hospital -vv",
            "plan m.yaml -np --out=x",
            "plan --sandbox m.yaml",
            "plan m.yaml --sandbox=absent/box",
            "destroy --sandbox one",
            "show p.plan --json",
            "apply - --sandbox",
            "plan m.yaml -- -out=x",
            "--sandbox plan m.yaml",
            "help plan",
            "nonsense",
        ] {
            assert_eq!(way(typed), None, "{typed}");
        }
    }
}
