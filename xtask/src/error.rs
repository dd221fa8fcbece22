//! What can go wrong in a subcommand, in words for the person at the terminal.

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{command}` could not be started: {source}")]
    Start { command: String, source: std::io::Error },
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: String },
    #[error("{path}: {source}", path = .path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("style: {0}")]
    Style(String),
    #[error("wasm-bindgen: {0}")]
    Bindgen(String),
    /// Everything else; the text says what to do.
    #[error("{0}")]
    Plain(String),
}

pub type Result<T> = std::result::Result<T, Error>;

/// Names the file in an I/O error.
pub fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    move |source| Error::File { path: path.to_path_buf(), source }
}
