//! Names: which of them say that a value is secret.

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// Nothing.
    Nothing,
    /// Where a secret is: a path, unless the value is none.
    Place,
    /// It may be one: `auth`, `key` of something; a word such as `basic` and a path are none.
    Likely,
    /// It is one.
    Certain,
}

/// In a name without what joins its words: it is a secret.
const CERTAIN: [&str; 30] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passkey",
    "secret",
    "token",
    "credential",
    "privatekey",
    "apikey",
    "accesskey",
    "sharedkey",
    "encryptionkey",
    "decryptionkey",
    "signingkey",
    "masterkey",
    "accountkey",
    "authkey",
    "cryptkey",
    "hmackey",
    "aeskey",
    "sshkey",
    "licensekey",
    "subscriptionkey",
    "unsealkey",
    "clientkeydata",
    "authorization",
    "requirepass",
    "masterauth",
    "jwt",
];
/// Words of a name: it is a secret.
const CERTAIN_WORDS: [&str; 13] =
    ["pass", "passw", "pw", "psk", "otp", "totp", "cred", "creds", "bearer", "sas", "pat", "netrc", "mnemonic"];
/// Ends of words that are no more passwords than they look.
const NO_PASS: [&str; 9] =
    ["bypass", "compass", "trespass", "surpass", "overpass", "underpass", "proxypass", "cgipass", "grpcpass"];
/// Last words of a name: it may be one.
const LIKELY_LAST: [&str; 9] = ["auth", "cookie", "keytab", "pin", "pwd", "salt", "sig", "signature", "webhook"];
/// Before a last word `key`: it may be one.
const KEYS_OF: [&str; 21] = [
    "admin",
    "app",
    "application",
    "client",
    "cipher",
    "consumer",
    "deploy",
    "host",
    "hash",
    "recovery",
    "root",
    "rsa",
    "server",
    "service",
    "session",
    "ssl",
    "storage",
    "tls",
    "user",
    "vault",
    "webhook",
];
/// Last words of a name that says something about a secret and not the secret.
const ABOUT: [&str; 79] = [
    "age",
    "algo",
    "algorithm",
    "alg",
    "attribute",
    "audience",
    "bits",
    "change",
    "checksum",
    "claim",
    "class",
    "config",
    "count",
    "driver",
    "enabled",
    "encoding",
    "endpoint",
    "exp",
    "expiration",
    "expires",
    "expiry",
    "field",
    "format",
    "header",
    "hint",
    "host",
    "index",
    "interval",
    "issuer",
    "iterations",
    "kind",
    "label",
    "len",
    "length",
    "lifetime",
    "limit",
    "manager",
    "max",
    "method",
    "min",
    "mode",
    "name",
    "names",
    "namespace",
    "operator",
    "period",
    "plugin",
    "policy",
    "port",
    "prefix",
    "property",
    "provider",
    "ref",
    "refs",
    "regex",
    "renewal",
    "request",
    "required",
    "reset",
    "reviewer",
    "review",
    "role",
    "rotation",
    "rounds",
    "scope",
    "scopes",
    "selector",
    "server",
    "service",
    "size",
    "stdin",
    "store",
    "strategy",
    "suffix",
    "timeout",
    "ttl",
    "type",
    "validity",
    "version",
];
/// Ends of such a name, whatever joins its words.
const ABOUT_ENDS: [&str; 5] = ["name", "names", "namespace", "ref", "refs"];
/// Ends of a name that says where a secret is.
const PLACES: [&str; 11] =
    ["path", "paths", "file", "files", "dir", "directory", "folder", "location", "mount", "uri", "url"];
/// Whole names, without what joins their words, of references to Secrets.
const REFERENCES: [&str; 9] = [
    "authsecret",
    "authtlssecret",
    "existingsecret",
    "imagepullsecret",
    "imagepullsecrets",
    "licensekeysecret",
    "loginsecret",
    "proxysslsecret",
    "pullsecrets",
];
/// Words that stand beside a secret inside a mapping that is called one, and are none.
const BESIDE: [&str; 30] = [
    "annotations",
    "create",
    "database",
    "db",
    "description",
    "domain",
    "email",
    "engine",
    "expirationseconds",
    "group",
    "hostname",
    "id",
    "items",
    "key",
    "keys",
    "kind",
    "labels",
    "login",
    "optional",
    "realm",
    "region",
    "registry",
    "source",
    "sources",
    "tenant",
    "type",
    "user",
    "usernamekey",
    "username",
    "verbs",
];
/// First words of a name that counts or sums something up.
const COUNTS: [&str; 4] = ["max", "min", "num", "checksum"];
/// Names are read from their end, up to here.
const LONGEST: usize = 128;

/// Whether a key or variable of that name may hold a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    meaning(name) != Meaning::Nothing
}

/// What a name says of its value.
pub(super) fn meaning(name: &str) -> Meaning {
    let words = words(name);
    let joined = words.concat();
    let of_place = words.last().is_some_and(|last| PLACES.contains(&last.as_str()));
    let named = words.get(..words.len() - usize::from(of_place)).unwrap_or_default();
    let said = said(named, &joined);
    if said == Meaning::Nothing || says_about(&words, &joined) {
        return Meaning::Nothing;
    }
    if PLACES.iter().any(|end| joined.ends_with(end)) { Meaning::Place } else { said }
}

/// Whether a member of a mapping that is called a secret (`credentials: {username: …}`) is none itself.
pub(super) fn stands_beside(name: &str) -> bool {
    let words = words(name);
    let joined = words.concat();
    BESIDE.contains(&joined.as_str())
        || says_about(&words, &joined)
        || PLACES.iter().any(|end| joined.ends_with(end))
        || joined.ends_with("mode")
        || joined.ends_with("version")
}

fn said(words: &[String], joined: &str) -> Meaning {
    let certain = CERTAIN.iter().any(|part| joined.contains(part))
        || words.iter().enumerate().any(|(at, word)| is_certain(word, words.get(at + 1)));
    if certain {
        return Meaning::Certain;
    }
    let Some((last, before)) = words.split_last() else { return Meaning::Nothing };
    let of_key = last == "key" && before.last().is_some_and(|word| KEYS_OF.contains(&word.as_str()));
    let glued = ["basicauth", "httpauth", "proxyauth", "pwd"].iter().any(|end| last.ends_with(end));
    if of_key || glued || LIKELY_LAST.contains(&last.as_str()) { Meaning::Likely } else { Meaning::Nothing }
}

fn is_certain(word: &str, next: Option<&String>) -> bool {
    let beside = next.is_some_and(|next| matches!(next.as_str(), "through" | "thru" | "by" | "fail" | "rate"));
    let word = word.strip_suffix("file").unwrap_or(word);
    let pass = word.ends_with("pass") && !NO_PASS.iter().any(|end| word.ends_with(end));
    (pass || CERTAIN_WORDS.contains(&word)) && !beside
}

/// Whether the name says something about a secret: `secretName`, `TOKEN_TTL`.
fn says_about(words: &[String], joined: &str) -> bool {
    let first = words.first().map_or("", String::as_str);
    let last = words.last().map_or("", String::as_str);
    let [before, pass] = match words {
        [.., before, pass] => [before.as_str(), pass.as_str()],
        _ => ["", ""],
    };
    ABOUT.contains(&last)
        || ABOUT_ENDS.iter().any(|end| joined.ends_with(end))
        || REFERENCES.contains(&joined)
        || COUNTS.contains(&first)
        || joined.contains("agentinject")
        || ["tokenize", "tokenizer", "tokenized", "passwordless"].iter().any(|word| joined.ends_with(word))
        // Directives of web servers.
        || (pass == "pass" && matches!(before, "proxy" | "fastcgi" | "uwsgi" | "scgi" | "grpc"))
        || joined == "oldpwd"
}

/// The words of a name in lower case, without digits at their ends: cut where something joins them and where a capital
/// follows a small letter. Of a name with `/`, as annotations have, only what is behind it counts, unless it sums up.
fn words(name: &str) -> Vec<String> {
    let start = name.len().saturating_sub(LONGEST);
    let start = (start..=name.len()).find(|at| name.is_char_boundary(*at)).unwrap_or(start);
    let name = name.get(start..).unwrap_or_default();
    let name = match name.rsplit_once('/') {
        Some((prefix, rest)) if !prefix.ends_with("checksum") => rest,
        _ => name,
    };
    let mut words = vec![String::new()];
    let mut letters = name.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() {
            let next_small = letters.peek().is_some_and(|next| next.is_lowercase());
            let begins = letter.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_small));
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        } else {
            words.push(String::new());
        }
        before = letter;
    }
    for word in &mut words {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_spelling() {
        for name in [
            "Password",
            "password2",
            "KONG_PG_PASSWORD",
            "client-secret",
            "PrivateKeyPassword",
            "DB_PASS",
            "dbPass",
            "PGPASS",
            "userpass",
            "JWT",
            "jwtSigner",
            "GITHUB_PAT",
            "DB_PW",
            "WIFI_PSK",
            "AWS_SECRET_ACCESS_KEY",
            "x-api-key",
            "example.com/api-token",
            "--door-token",
            "AccountKey",
            "SharedAccessKey",
            "client-key-data",
            "requirepass",
            "db.creds",
            "Authorization",
            "SSHKey",
        ] {
            assert_eq!(meaning(name), Meaning::Certain, "{name}");
        }
        for name in ["auth", "_auth", "basicAuth", "Pwd", "DB_PWD", "tls.key", "session-cookie", "SIM_PIN"] {
            assert_eq!(meaning(name), Meaning::Likely, "{name}");
        }
        for name in ["ISC_OAUTH_SECRET_PATH", "passwordFile", "PGPASSFILE", "TOKEN_URL", "keytab-file"] {
            assert_eq!(meaning(name), Meaning::Place, "{name}");
        }
    }

    #[test]
    fn names_of_what_is_no_secret_are_left_alone() {
        for name in [
            "",
            "Username",
            "OLDPWD",
            "secretName",
            "secretname",
            "nodePublishSecretRef",
            "secretKeyRef",
            "secretProviderClass",
            "loginSecret",
            "imagePullSecrets",
            "topologyKey",
            "publicKey",
            "primaryKey",
            "key",
            "keyFile",
            "hotkey",
            "monkey",
            "TOKEN_TTL",
            "token-review",
            "max_tokens",
            "MAX_TOKENS",
            "tokenizer",
            "PASSWORD_MIN_LENGTH",
            "passwordPolicy",
            "bypass",
            "compass",
            "proxy_pass",
            "pass-through",
            "passive",
            "passenger",
            "author",
            "authority",
            "authenticationMode",
            "checksum/secret",
            "nginx.ingress.kubernetes.io/auth-tls-secret",
            "vault.hashicorp.com/agent-inject-secret-config",
            "secret.reloader.stakater.com/reload",
            "description",
            "pattern",
            "sassy",
            "spine",
        ] {
            assert_eq!(meaning(name), Meaning::Nothing, "{name}");
        }
    }
}
