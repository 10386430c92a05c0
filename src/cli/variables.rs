//! Variables in place of options: `IRISKIT_PLAN_LIFETIME=8h` for `--plan-lifetime 8h`.

use std::{collections::BTreeSet, ffi::OsStr};

use clap::{Arg, ArgAction, Command, builder::BoolishValueParser};

/// What the names of all variables begin with.
const PREFIX: &str = "IRISKIT_";

/// The options of a command, and of those below it, may be given by variables. A variable that is empty counts as none.
pub(super) fn with_variables(command: Command) -> Command {
    let name = command.get_name().to_owned();
    command.mut_args(|option| of_variable(option, &name)).mut_subcommands(with_variables)
}

/// The variable of an option.
fn variable(long: &str) -> String {
    format!("{PREFIX}{}", long.replace('-', "_").to_ascii_uppercase())
}

/// Those of these names that look like the variable of an option and are none of any command.
pub(super) fn unknown(command: &Command, names: impl Iterator<Item = String>) -> Vec<String> {
    let known = known(command);
    let mut unknown: Vec<String> =
        names.filter(|name| name.starts_with(PREFIX) && !known.contains(name.as_str())).collect();
    unknown.sort();
    unknown
}

fn known(command: &Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(Arg::get_long).map(variable);
    own.chain(command.get_subcommands().flat_map(known)).collect()
}

fn of_variable(option: Arg, command: &str) -> Arg {
    // What is allowed is allowed to apply: a plan of it would become one that deletes data.
    let is_for_apply = command == "plan" && option.get_id() == "allow";
    let Some(long) = option.get_long().filter(|_| !option.is_hide_set() && !is_for_apply) else { return option };
    let name = variable(long);
    if option.get_env().is_some() || std::env::var_os(&name).is_none_or(|value| value.is_empty()) {
        return option;
    }
    // Names live as long as the process; there are a few dozen.
    let name: &'static OsStr = OsStr::new(Box::leak(name.into_boxed_str()));
    let option = option.env(name).hide_env(true);
    if matches!(option.get_action(), ArgAction::SetTrue) {
        option.value_parser(BoolishValueParser::new())
    } else {
        option
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_after_options() {
        assert_eq!(variable("plan-lifetime"), "IRISKIT_PLAN_LIFETIME");
        assert_eq!(variable("out"), "IRISKIT_OUT");
    }

    #[test]
    fn a_variable_of_no_option_is_unknown() {
        let names =
            ["IRISKIT_LIFETIME", "IRISKIT_ALLOW", "IRISKIT_LABELER_IMAGE", "IRISKIT_NAMESPACE", "HOME", "IRISKIT_"];
        let command = <crate::cli::Cli as clap::CommandFactory>::command();
        assert_eq!(unknown(&command, names.into_iter().map(str::to_owned)), ["IRISKIT_", "IRISKIT_LIFETIME"]);
    }
}
