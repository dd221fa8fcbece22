//! What runs: image, artifact, command.

use serde_json::Value;

use crate::definition::{ArtifactReference, Command};
use crate::image::ImageReference;
use crate::input::Node;
use crate::problem::{Fault, JsonKind};

/// Longest single argument or variable that Linux hands to a program.
pub(super) const ARGUMENT_MAX: usize = 131_071;
const WORDS_MAX: usize = 4_096;

pub(super) fn read(root: &Node) -> (Option<String>, Option<ArtifactReference>, Option<Command>) {
    let (image_node, artifact_node, command_node) =
        (root.field("image"), root.field("artifact"), root.field("command"));
    let image = image_node.text(usize::MAX).filter(|text| text.parse::<ImageReference>().is_ok());
    if image.is_none() && image_node.value.is_some_and(Value::is_string) {
        image_node.fault(Fault::NotImage);
    }
    let artifact = artifact_node.text(usize::MAX).and_then(|text| text.to_owned().try_into().ok());
    if artifact.is_none() && artifact_node.value.is_some_and(Value::is_string) {
        artifact_node.fault(Fault::NotArtifact);
    }
    match (image_node.value.is_some(), artifact_node.value.is_some(), command_node.value.is_some()) {
        (true, true, _) => artifact_node.fault(Fault::Exclusive { other: "image".to_owned() }),
        (false, false, false) => command_node.fault(Fault::NothingRuns),
        // An image says itself what to start; an archive does not.
        (false, true, false) => command_node.fault(Fault::Required),
        _ => {}
    }
    (image.map(str::to_owned), artifact, command(&command_node))
}

/// A list of words, or a line for the shell.
pub(super) fn command(node: &Node) -> Option<Command> {
    match node.value? {
        Value::String(_) => {
            let line = node.text(ARGUMENT_MAX)?;
            node.not_empty(line.trim()).then(|| Command::Shell(line.to_owned()))
        }
        Value::Array(words) => {
            if words.is_empty() {
                node.fault(Fault::Empty);
            }
            let words = node.list(WORDS_MAX);
            let read: Option<Vec<String>> =
                words.iter().map(|word| word.text(ARGUMENT_MAX).map(str::to_owned)).collect();
            if let (Some(first), Some(program)) = (words.first(), read.as_ref().and_then(|r| r.first())) {
                first.not_empty(program);
            }
            read.map(Command::Vector)
        }
        _ => {
            node.fault(Fault::WrongType { expected: JsonKind::Command });
            None
        }
    }
}
