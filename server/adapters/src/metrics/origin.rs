//! Where a measurement is from.

use model::id::{AppKey, InstanceId, RevisionNumber};

/// The instance that measured something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    pub app: AppKey,
    pub revision: RevisionNumber,
    pub instance: InstanceId,
}

impl Origin {
    /// The labels that all its samples have.
    pub fn labels(&self) -> Vec<(String, String)> {
        vec![
            ("environment".to_owned(), self.app.environment.to_string()),
            ("app".to_owned(), self.app.app.to_string()),
            ("revision".to_owned(), self.revision.to_string()),
            ("instance".to_owned(), self.instance.to_string()),
        ]
    }
}
