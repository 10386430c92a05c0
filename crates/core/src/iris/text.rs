//! CPF merge files and CSP.ini as IRIS and the web gateway read them.

use std::collections::{BTreeMap, HashMap};

use super::cpf::spelled_otherwise;
use crate::{
    diff::{is_secret_name, replace_secrets},
    ini::{Content, Format, lines},
};

/// Stands around the number of a secret value in a text of [`numbered_secrets`].
const NUMBER_MARK: char = '\u{0}';

/// Two texts with every secret value replaced by a number, equal ones by the same: what is read of them can be compared
/// and shown.
pub(super) fn numbered_secrets(before: &str, after: &str) -> [String; 2] {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut number = |text: &str| {
        replace_secrets(text, |_, value| {
            if value.is_empty() {
                return String::new();
            }
            let next = known.len();
            format!("{NUMBER_MARK}{}{NUMBER_MARK}", known.entry(value.to_owned()).or_insert(next))
        })
    };
    [number(before), number(after)]
}

/// A name as it may be shown.
pub(super) fn shown(name: &str) -> String {
    name.split(NUMBER_MARK).step_by(2).collect::<Vec<_>>().join("(sensitive)")
}

/// What a text sets. Of a parameter that stands in it several times the last one counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a> {
    /// By section and key in lower case.
    pub(super) settings: BTreeMap<(String, String), Setting<'a>>,
    /// Lines of `[Actions]`, by what they are about.
    pub(super) actions: BTreeMap<String, Action<'a>>,
    /// How often each title was read.
    titles: HashMap<String, usize>,
}

/// `key=value` in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting<'a> {
    pub(super) section: &'a str,
    pub(super) key: &'a str,
    pub(super) value: &'a str,
}

/// `CreateDatabase:Name=x,Directory=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action<'a> {
    /// The section that it stands in, `Actions` unless IRIS ignores it.
    pub(super) section: &'a str,
    /// `CreateDatabase`.
    pub(super) verb: &'a str,
    /// `CreateDatabase:Name=x`, which tells it from others of its kind.
    pub(super) title: String,
    /// All behind the colon.
    pub(super) text: &'a str,
    /// The arguments by name in lower case.
    pub(super) arguments: BTreeMap<String, &'a str>,
}

impl<'a> Text<'a> {
    /// Reads a CPF merge file; what is in no section is left out. Of a section in other capitals than IRIS has it a parameter
    /// counts for itself: it is not the one that IRIS reads.
    pub(super) fn parse(text: &'a str) -> Self {
        Self::read(text, |section| {
            if spelled_otherwise(section).is_some() { section.to_owned() } else { section.to_ascii_lowercase() }
        })
    }

    /// Reads a CSP.ini.
    pub(super) fn parse_gateway(text: &'a str) -> Self {
        Self::read(text, str::to_ascii_lowercase)
    }

    fn read(text: &'a str, name: fn(&str) -> String) -> Self {
        let mut found = Self::default();
        for line in lines(text, Format::Cpf) {
            let (Some(section), Content::Entry { key, value }) = (line.section.map(str::trim), line.content) else {
                continue;
            };
            if section.eq_ignore_ascii_case("Actions") {
                found.act(section, line.text.trim());
            } else {
                let setting = Setting { section, key, value: value.unwrap_or_default() };
                found.settings.insert((name(section), key.to_ascii_lowercase()), setting);
            }
        }
        found
    }

    fn act(&mut self, section: &'a str, line: &'a str) {
        let (verb, text) = line.split_once(':').unwrap_or((line, ""));
        let (verb, text) = (verb.trim(), text.trim());
        let arguments: BTreeMap<String, &str> =
            arguments(text).map(|(key, value)| (key.to_ascii_lowercase(), value)).collect();
        let about = ["Name", "Namespace"].into_iter().filter_map(|key| {
            let value = arguments.get(&key.to_ascii_lowercase())?;
            Some(format!("{key}={value}"))
        });
        let about = about.collect::<Vec<_>>().join(",");
        let title = if about.is_empty() { verb.to_owned() } else { format!("{verb}:{about}") };
        let mut identity = title.to_ascii_lowercase();
        if section != "Actions" {
            identity = format!("[{section}] {identity}");
        }
        // The same action on the same thing twice, or one that names nothing.
        let count = self.titles.entry(identity.clone()).or_default();
        if *count > 0 {
            identity = format!("{identity}+{count:06}");
        }
        *count += 1;
        self.actions.insert(identity, Action { section, verb, title, text, arguments });
    }
}

/// The value that a text gives to a parameter, or the arguments of an action under its title; none when it has neither.
pub(crate) fn value_of<'a>(text: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let place = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
    let text = Text::parse(text);
    let setting = text.settings.get(&place).map(|setting| setting.value);
    setting.or_else(|| text.actions.get(&place.1).filter(|_| place.0 == "actions").map(|action| action.text))
}

impl Setting<'_> {
    /// Whether its value may not be shown.
    pub(super) fn is_secret(&self) -> bool {
        is_secret_name(self.key) || [self.section, self.key, self.value].iter().any(|part| part.contains(NUMBER_MARK))
    }
}

impl Action<'_> {
    /// Whether its arguments may not be shown.
    pub(super) fn is_secret(&self) -> bool {
        self.verb.contains(NUMBER_MARK) || self.text.contains(NUMBER_MARK)
    }
}

/// `key=value` pairs between commas; a comma inside quotes does not count.
fn arguments(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut quoted = false;
    let parts = text.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.filter_map(|part| part.split_once('=')).map(|(key, value)| (key.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_key_counts_in_the_spelling_of_its_section() {
        let text = "lost=1\n[config]\nglobals=0,0,100,0,0,0\n[config]\r\nGlobals = 0,0,200,0,0,0\r\nMaxServers=64\n[Config]\nMaxServers=5\n[own]\na=1\n[OWN]\na=2";
        assert_eq!(value_of(text, "config", "globals"), Some("0,0,200,0,0,0"));
        assert_eq!(value_of(text, "config", "maxservers"), Some("64"));
        assert_eq!(value_of(text, "config", "lost"), None);
        assert_eq!(value_of(text, "Own", "a"), Some("2"));
    }

    #[test]
    fn comments_set_nothing() {
        let text = "[config]\n;globals=1\n#globals=2\n//globals=3\n/*globals=4*/\n/*\nglobals=5\n*/\ngmheap=6\n";
        assert_eq!(value_of(text, "config", "globals"), None);
        assert_eq!(value_of(text, "config", "gmheap"), Some("6"));
    }

    #[test]
    fn actions_are_told_apart_by_what_they_are_about() {
        let text = "[Actions]\nCreateDatabase:Name=a,Directory=\"/x,y\"\nCreateDatabase:Name=b\nExecute:one\nExecute:two\n\
                    CreateMapGlobal:Name=g,Namespace=N";
        let parsed = Text::parse(text);
        let titles: Vec<&str> = parsed.actions.values().map(|action| action.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "CreateDatabase:Name=a",
                "CreateDatabase:Name=b",
                "CreateMapGlobal:Name=g,Namespace=N",
                "Execute",
                "Execute"
            ]
        );
        assert_eq!(parsed.actions["createdatabase:name=a"].arguments["directory"], "\"/x,y\"");
    }

    #[test]
    fn secrets_are_known_wherever_they_stand() {
        let text = "[Startup]\nPasswordHash=a,b\n[x]\ny=z,Password=p\nplain=1\n[Actions]\nModifyUser:Name=u,PasswordHash=\"h\"\n";
        let [numbered_secrets, same] = numbered_secrets(text, text);
        assert_eq!(numbered_secrets, same);
        let parsed = Text::parse(&numbered_secrets);
        let secret = |section: &str, key: &str| parsed.settings[&(section.to_owned(), key.to_owned())].is_secret();
        assert!(secret("startup", "passwordhash") && secret("x", "y") && !secret("x", "plain"));
        assert!(parsed.actions["modifyuser:name=u"].is_secret());
        let [one, other] = super::numbered_secrets("[a]\npassword: x\n", "[a]\npassword: y\n");
        assert!(one != other && !one.contains('x'), "{one} {other}");
        assert_eq!(shown(one.lines().last().unwrap()), "password:(sensitive)");
    }
}
