//! What says what runs.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Command,
    Artifact,
    Image,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Command, Self::Artifact, Self::Image];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Artifact => "artifact",
            Self::Image => "image",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }

    /// The part of the definition that no other source has.
    pub const fn pointer(self) -> Option<&'static str> {
        match self {
            Self::Command => None,
            Self::Artifact => Some("/artifact"),
            Self::Image => Some("/image"),
        }
    }
}
