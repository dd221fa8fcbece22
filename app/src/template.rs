//! Which ready-made definitions there are.

/// Names an entry of the template gallery; its words are in [`crate::text::template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TemplateKey {
    /// Our own demo program.
    Demo,
    /// `python3 -m http.server`.
    Python,
    /// A server from Node's standard library.
    Node,
    /// An uploaded artifact.
    Artifact,
    /// A shell command.
    Shell,
}
