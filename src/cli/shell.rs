//! Commands as they are typed in a shell.

/// `iriskit` with these arguments.
pub(super) fn command(arguments: impl IntoIterator<Item = String>) -> String {
    arguments.into_iter().fold("iriskit".to_owned(), |mut line, argument| {
        line.push(' ');
        line.push_str(&quoted(&argument));
        line
    })
}

/// Quoted for a POSIX shell, where it has to be.
pub(super) fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

/// The flag that names a namespace.
pub(super) fn named(namespace: &str) -> [String; 2] {
    ["--namespace".to_owned(), namespace.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted_into_a_shell() {
        let typed = ["apply", "my file.yaml", "it's", "--sandbox=.iriskit/sandbox", ""].map(str::to_owned);
        assert_eq!(command(typed), r"iriskit apply 'my file.yaml' 'it'\''s' --sandbox=.iriskit/sandbox ''");
    }
}
