//! `run`: builds, then becomes the server.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::error::{Error, Result};
use crate::{build, place, process};

/// Does not return unless something fails: this process becomes the server, so that Ctrl-C reaches it and nothing else.
pub fn run(release: bool, arguments: &[String]) -> Result<()> {
    let binary = build::all(release)?;
    let mut command = process::program(&binary);
    serve(&mut command, arguments);
    let source = command.exec();
    Err(Error::Start { command: binary.display().to_string(), source })
}

/// `serve` with our defaults for what the person left open.
pub fn serve(command: &mut Command, arguments: &[String]) {
    command.arg("serve");
    let given = |flag: &str| {
        arguments.iter().any(|argument| argument == flag || argument.starts_with(&format!("{flag}=")))
    };
    if !given("--listen") && std::env::var_os("QUARTERDECK_LISTEN").is_none() {
        command.args(["--listen", "127.0.0.1:3000"]);
    }
    if !given("--data-dir") && std::env::var_os("QUARTERDECK_DATA_DIR").is_none() {
        command.arg("--data-dir").arg(place::target().join("data"));
    }
    command.args(arguments);
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::serve;

    fn words(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let mut command = Command::new("quarterdeck");
        serve(&mut command, &arguments);
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_person_may_choose_another_address() {
        let words = words(&["--listen=127.0.0.1:0", "--statsd", "127.0.0.1:8125"]);
        assert_eq!(words.matches("--listen").count(), 1, "{words}");
        assert!(words.contains("--data-dir") && words.ends_with("--statsd 127.0.0.1:8125"), "{words}");
    }
}
