//! Reads columns as the types of the model; what does not fit is [`StoreError::Corrupt`] and names its column.

use std::str::FromStr;

use model::deployment::{Actor, ActorKind};
use model::time::Timestamp;
use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::StoreError;

fn corrupt(column: &str, cause: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("column {column}: {cause}"))
}

pub trait Fields {
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn integer(&self, column: &str) -> Result<i64, StoreError>;
    fn integer_or_null(&self, column: &str) -> Result<Option<i64>, StoreError>;

    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.integer(column)? != 0)
    }

    fn count(&self, column: &str) -> Result<u32, StoreError> {
        u32::try_from(self.integer(column)?).map_err(|error| corrupt(column, error))
    }

    fn count_or_null(&self, column: &str) -> Result<Option<u32>, StoreError> {
        let count = self.integer_or_null(column)?.map(u32::try_from).transpose();
        count.map_err(|error| corrupt(column, error))
    }

    fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        self.integer(column).map(Timestamp::from_millis)
    }

    fn time_or_null(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.integer_or_null(column)?.map(Timestamp::from_millis))
    }

    /// A name, an id: whatever is written as itself.
    fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|error| corrupt(column, error))
    }

    fn parsed_or_null<T: FromStr<Err: std::fmt::Display>>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.text_or_null(column)?;
        text.map(|text| text.parse().map_err(|error| corrupt(column, error))).transpose()
    }

    /// An enumeration stored by [`word`].
    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        let deserializer: StrDeserializer<'_, WordError> = text.as_str().into_deserializer();
        T::deserialize(deserializer).map_err(|error| corrupt(column, error))
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| corrupt(column, error))
    }

    fn json_or_null<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let text = self.text_or_null(column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|error| corrupt(column, error))).transpose()
    }

    fn actor(&self, kind: &str, name: &str) -> Result<Actor, StoreError> {
        Ok(Actor { kind: self.word(kind)?, name: self.text(name)? })
    }
}

impl Fields for AnyRow {
    fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn integer(&self, column: &str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn integer_or_null(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

/// JSON text for a column.
pub fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub const fn actor_kind(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::User => "user",
        ActorKind::Token => "token",
        ActorKind::Policy => "policy",
    }
}
