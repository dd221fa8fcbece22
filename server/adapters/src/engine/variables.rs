//! An instance's environment variables, and their use in its command.

use std::collections::BTreeMap;

use model::definition::{Command, Definition, EnvValue};
use model::id::{InstanceId, ReplicaSetId};
use model::instance::InstancePort;

/// What a program is given of the console's own environment; nothing else, for the console's holds secrets.
const INHERITED: [&str; 9] = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"];

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Run when a definition has an artifact and no command: this file of the archive.
const ARTIFACT_COMMAND: &str = "./run";

/// What the variables tell of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub id: &'a InstanceId,
    pub set: &'a ReplicaSetId,
    pub ports: &'a [InstancePort],
    pub statsd: Option<&'a str>,
    /// Our own binary, for `$QUARTERDECK_PROGRAM demo`.
    pub program: &'a str,
}

/// The whole environment: inherited, then the definition's, then ours, which nothing can shadow.
pub fn environment(
    definition: &Definition,
    facts: Facts<'_>,
    console: impl Fn(&str) -> Option<String>,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([("PATH".to_owned(), DEFAULT_PATH.to_owned())]);
    for name in INHERITED {
        if let Some(value) = console(name) {
            variables.insert(name.to_owned(), value);
        }
    }
    for (name, value) in &definition.env {
        if let EnvValue::Plain(value) = value {
            variables.insert(name.clone(), value.clone());
        }
    }
    if let Some(first) = facts.ports.first() {
        variables.insert("PORT".to_owned(), first.host_port.to_string());
    }
    for port in facts.ports {
        let name = port.name.to_ascii_uppercase().replace('-', "_");
        variables.insert(format!("PORT_{name}"), port.host_port.to_string());
    }
    let ours = [
        ("QUARTERDECK_APP", facts.set.app.to_string()),
        ("QUARTERDECK_ENVIRONMENT", facts.set.environment.to_string()),
        ("QUARTERDECK_REVISION", facts.set.revision.to_string()),
        ("QUARTERDECK_INSTANCE", facts.id.to_string()),
        ("QUARTERDECK_PROGRAM", facts.program.to_owned()),
    ];
    variables.extend(ours.map(|(name, value)| (name.to_owned(), value)));
    if let Some(address) = facts.statsd {
        variables.insert("QUARTERDECK_STATSD".to_owned(), address.to_owned());
    }
    variables
}

/// The words to execute; empty when the definition names nothing to run.
pub fn command(definition: &Definition, variables: &BTreeMap<String, String>) -> Vec<String> {
    match &definition.command {
        Some(command) => words(command, variables),
        None if definition.artifact.is_some() => vec![ARTIFACT_COMMAND.to_owned()],
        None => Vec::new(),
    }
}

pub fn words(command: &Command, variables: &BTreeMap<String, String>) -> Vec<String> {
    match command {
        Command::Vector(words) => words.iter().map(|word| expand(word, variables)).collect(),
        Command::Shell(line) => vec!["sh".to_owned(), "-c".to_owned(), line.clone()],
    }
}

/// Replaces `$NAME` and `${NAME}`; what names no variable stays as it is.
fn expand(word: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let bare = after.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let (name, length) = braced.map_or((&after[..bare], bare), |(name, _)| (name, name.len() + 2));
        if let Some(value) = variables.get(name) {
            out.push_str(value);
            rest = &after[length..];
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_anything_else_is_left() {
        let variables =
            BTreeMap::from([("PORT".to_owned(), "80".to_owned()), ("A_1".to_owned(), "$PORT".to_owned())]);
        for (word, expected) in [
            ("$PORT", "80"),
            ("--port=${PORT}x", "--port=80x"),
            ("$PORTX", "$PORTX"),
            ("a$", "a$"),
            ("${", "${"),
            ("${PORT", "${PORT"),
            ("$$PORT", "$80"),
            ("$A_1", "$PORT"),
            ("ä$PORT€", "ä80€"),
            ("$1 ${NOPE}", "$1 ${NOPE}"),
        ] {
            assert_eq!(expand(word, &variables), expected, "{word}");
        }
    }
}
