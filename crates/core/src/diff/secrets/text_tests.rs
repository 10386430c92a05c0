//! Texts with secrets in all the forms that texts have, and texts without any.

use proptest::prelude::*;

use super::*;

fn values(text: &str) -> Vec<(String, String, usize, &str)> {
    secrets_in_text(text)
        .into_iter()
        .map(|s| (s.section.clone(), s.key.clone(), s.occurrence, text.get(s.range).unwrap()))
        .collect()
}

/// The values, without the empty ones.
fn found(text: &str) -> Vec<&str> {
    let values = secrets_in_text(text).into_iter().map(|secret| text.get(secret.range).unwrap());
    values.filter(|value| !value.is_empty()).collect()
}

#[test]
fn a_lines_own_secret_runs_to_the_end_of_the_line() {
    let text = "[Startup]\nPasswordHash=FBFE,abc,10000,SHA512\nDefaultPort=1972\n[Startup]\nPasswordHash=x\n";
    assert_eq!(
        values(text),
        [
            ("Startup".into(), "PasswordHash".into(), 0, "FBFE,abc,10000,SHA512"),
            ("Startup".into(), "PasswordHash".into(), 1, "x"),
        ]
    );
}

#[test]
fn an_argument_of_an_action_ends_at_its_quote_or_comma() {
    let text = "[Actions]\nModifyUser:Name=a,PasswordHash=\"h,s\",Roles=%All\nCreateUser:Password=p,Name=b";
    assert_eq!(
        values(text),
        [("Actions".into(), "PasswordHash".into(), 0, "\"h,s\""), ("Actions".into(), "Password".into(), 0, "p"),]
    );
}

#[test]
fn members_headers_and_urls_are_searched() {
    assert_eq!(found("  password: pa ss # not a comment"), [" pa ss # not a comment"]);
    assert_eq!(found("- \"clientSecret\": \"x\","), [" \"x\""]);
    assert_eq!(found(r#"{"user":"u","password":"a\"b,c","port":1}"#), [r#""a\"b,c""#]);
    assert_eq!(found("{user: u, apiKey: k}"), [" k"]);
    assert_eq!(found("Authorization: Basic dTpw"), [" Basic dTpw"]);
    assert_eq!(found("export DB_PWD=a,b"), ["a,b"]);
    assert_eq!(found("db=postgres://u:p%40@host:5432/x?a=b"), ["p%40"]);
}

/// Every form, with the one value that must be found in it, and whether more may be hidden.
#[test]
fn a_secret_is_found_in_every_form() {
    for text in [
        "DB_PASS=hunter2",
        "PGPASS=hunter2",
        "Pwd=hunter2;Server=x",
        "Server=x;User Id=u;Pwd=hunter2;Database=y",
        "connection: Server=x;Password='hunter2';Port=1",
        "host=h password=hunter2 dbname=d",
        "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=hunter2==;EndpointSuffix=x",
        "Secret access key = hunter2",
        "url: jdbc:mysql://h/d?user=u&password=hunter2&x=1",
        "https://h/x?sv=1&sig=hunter2&se=2",
        "redis://:hunter2@h:6379/0",
        "mongodb+srv://u:hunter2@h/d",
        "pg://u:hunt/er2@h/d",
        "u:hunter2@tcp(h:3306)/d",
        "u:hunter2@h:3306/d",
        "jdbc:oracle:thin:u/hunter2@//h:1521/s",
        "<password>hunter2</password>",
        "<a:password attribute=\"1\">\n  hunter2\n</a:password>",
        "<password><![CDATA[hunter2<]]></password>",
        "<password><![CDATA[hunter2]]></password>",
        "<add key=\"DbPassword\" value=\"hunter2\"/>",
        "<property name=\"javax.persistence.jdbc.password\">hunter2</property>",
        "<user name=\"u\" password=\"hunter2\"/>",
        "{\"auths\": {\"r.example\": {\"auth\": \"hunter2\"}}}",
        "{\\\"password\\\": \\\"hunter2\\\"}",
        "{\"name\": \"DB_PASSWORD\", \"value\": \"hunter2\"}",
        "- name: DB_PASSWORD\n  value: hunter2\n- name: TZ\n  value: UTC",
        "password: |\n  hunter2\n  hunter2\nuser: u",
        "password:\n  hunter2\nuser: u",
        "password: \"hunter2\n  hunter2\"\nuser: u",
        "password=hunter2\\\nhunter2\nuser=u",
        "tokens:\n- hunter2\n- hunter2\nuser: u",
        "tokens: [hunter2, hunter2]",
        "\"tokens\": [\n  \"hunter2\",\n  \"hunter2\"\n]",
        "credentials:\n  username: u\n  alice: hunter2\n",
        "credentials: {username: u, alice: hunter2}",
        "spring:\n  datasource:\n    password: hunter2\n",
        "java -Dspring.datasource.password=hunter2 -jar x.jar",
        "exec server --password hunter2 --port 1",
        "exec server --password \"hunter2 hunter2\" --port 1",
        "[server, --password, hunter2]",
        "[\"redis-cli\", \"-a\", \"hunter2\", \"ping\"]",
        "mysqladmin -u root -phunter2 ping",
        "PGPASSWORD=hunter2 psql -h h",
        "true && export PGPASSWORD=hunter2; psql",
        "curl -u keeper:hunter2 http://h",
        "curl -H \"Authorization: Bearer hunter2\" http://h",
        "sshpass -p hunter2 ssh h",
        "redis-cli -h h -a hunter2 ping",
        "machine h login u password hunter2",
        "requirepass hunter2",
        "kubectl create secret generic x --from-literal=password=hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
        "jwt: hunter2",
        "_auth=hunter2",
        "//registry.example/:_authToken=hunter2",
        "password => 'hunter2'",
        "$config['password'] = 'hunter2';",
        "password: [1], b: hunter2",
        "password := \"hunter2\"",
        "# password=hunter2",
    ] {
        let hidden = replace_secrets(text, |_, value| if value.is_empty() { String::new() } else { "*".into() });
        let left: Vec<_> = hidden.match_indices("hunter2").chain(hidden.match_indices("er2")).collect();
        assert!(left.is_empty() && hidden != text, "{text}\n  gives {hidden}");
    }
}

#[test]
fn what_stands_beside_a_secret_is_shown() {
    let hidden =
        |text: &str| replace_secrets(text, |_, value| if value.is_empty() { String::new() } else { "*".into() });
    for (text, expected) in [
        ("Server=x;User Id=u;Pwd=p;Database=y", "Server=x;User Id=u;Pwd=*;Database=y"),
        ("url: jdbc:mysql://h/d?user=u&password=p&x=1", "url: jdbc:mysql://h/d?user=u&password=*&x=1"),
        ("host=h password=p dbname=d", "host=h password=* dbname=d"),
        ("{\"password\":\"p\",\"port\":1}", "{\"password\":*,\"port\":1}"),
        ("password: |\n  a\n  b\nuser: u\n", "password: |\n  *\nuser: u\n"),
        (
            "- name: A_TOKEN\n  value: t\n- name: TZ\n  value: UTC\n",
            "- name: A_TOKEN\n  value:*\n- name: TZ\n  value: UTC\n",
        ),
        ("<password>p</password><user>u</user>", "<password>*</password><user>u</user>"),
        ("exec server --password p --port 1", "exec server --password * --port 1"),
        ("credentials:\n  username: u\n  alice: p\nx: y\n", "credentials:\n  username: u\n  alice:*\nx: y\n"),
        ("tokens:\n- p\n- q\nuser: u\n", "tokens:\n- *\n- *\nuser: u\n"),
        ("curl -u keeper:p http://h", "curl -u keeper:* http://h"),
    ] {
        assert_eq!(hidden(text), expected);
    }
}

#[test]
fn ordinary_texts_are_left_alone() {
    for text in [
        "[config]\nglobals=0,0,0\nUsername=x\nsecretName: door\nurl=http://host:80/a@b\n",
        "CreateUser:Name=a,Roles=b",
        "image: hashicorp/vault-secrets-operator:0.1@sha256:abcd\n",
        "iris:2024.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "mail: someone@example.com, time: 12:30",
        "proxy_pass http://backend;",
        "passwordFile: /run/secrets/door\ntokenTTL: 5m\nmax_tokens: 4096\n",
        "password: $(DOOR_PASSWORD)\npassword: ${DOOR}\npassword: {{ .Values.password }}\n",
        "password=$(cat /run/x)\nrun --password \"$PASSWORD\" --port 1\n",
        "if [ -z \"$TOKEN\" ]; then exit 1; fi",
        "passwordHash: true\n",
        "volumes:\n- name: door\n  secret:\n    secretName: door\n    items: [{key: a, path: b}]\n    optional: true\n",
        "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: {name: door, key: password}\n",
        "tls:\n- secretName: door\n  hosts: [a.example]\n",
        "token-service:\n  enabled: true\n",
        "https://vault.example:8200/v1/secret/data/x",
        "# The token must be given by the user\n",
        "this says that a password is needed, and a token too",
        "checksum/secret: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "<passwordPolicy>strict</passwordPolicy><secretName>door</secretName>",
        "  if ! { first_line x && user=$line && first_line y && password=$line; }; then",
        "ls -p 1 && ps -a all",
        "test -s /iriskit/webgateway/composed/CSP.ini",
        "a == b: c != d",
    ] {
        assert_eq!(found(text), Vec::<&str>::new(), "{text}");
    }
}

const PARTS: [&str; 36] = [
    "Password",
    "token",
    "Name",
    "user",
    "=",
    ":",
    "://",
    "@",
    ",",
    "\"",
    "{",
    "}",
    " ",
    "\n",
    "\r\n",
    "[a]",
    "é",
    "x",
    "-",
    "]]]x",
    "<password>",
    "</",
    ">",
    "\\",
    "'",
    "|\n",
    "  ",
    "- ",
    "name: ",
    "value: ",
    "--",
    "-----BEGIN PRIVATE KEY-----",
    "-----END ",
    ";",
    "&",
    "[",
];

proptest! {
    /// Secrets come in order, stand apart, and are parts of the text.
    #[test]
    fn places_are_in_order(parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..16)) {
        let text = parts.concat();
        let mut until = None;
        for secret in secrets_in_text(&text) {
            prop_assert!(until.is_none_or(|until| secret.range.start > until), "{secret:?}");
            prop_assert!(text.get(secret.range.clone()).is_some());
            until = Some(secret.range.end);
        }
        prop_assert_eq!(replace_secrets(&text, |_, value| value.to_owned()), text);
    }
}

#[test]
fn replacing_keeps_the_rest() {
    let text = "[a]\r\nUsername=u\r\nPassword=]]]U1lT\r\nend";
    assert_eq!(replace_secrets(text, |_, _| "*".into()), "[a]\r\nUsername=u\r\nPassword=*\r\nend");
}
