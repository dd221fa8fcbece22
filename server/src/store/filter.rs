//! Builds the statement of a list from the filters that are set, so that each combination can use its index.

use std::fmt::Write as _;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::StoreError;

#[derive(Debug, Clone)]
pub enum Value {
    Text(String),
    Integer(i64),
}

impl<T: ToString> From<&T> for Value {
    fn from(value: &T) -> Self {
        Self::Text(value.to_string())
    }
}

/// A statement that grows by conditions. Only our own texts enter it; what a caller gave is bound.
#[derive(Debug)]
pub struct Query {
    text: String,
    values: Vec<Value>,
}

impl Query {
    /// `select` ends in a WHERE with at least one condition.
    pub fn new(select: String) -> Self {
        Self { text: select, values: Vec::new() }
    }

    /// The same, with `$1` and so on in it already.
    pub fn bound<const N: usize>(select: String, values: [Value; N]) -> Self {
        Self { text: select, values: values.into() }
    }

    /// Adds `AND sql`, where each `?` stands for the next of `values`.
    pub fn and<const N: usize>(&mut self, sql: &'static str, values: [Value; N]) {
        self.text.push_str(" AND ");
        let mut parts = sql.split('?');
        self.text.push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            self.values.push(value);
            self.text.push('$');
            self.text.push_str(&self.values.len().to_string());
            self.text.push_str(part);
        }
    }

    pub async fn fetch(
        mut self,
        connection: &mut AnyConnection,
        order: &'static str,
        limit: u32,
    ) -> Result<Vec<AnyRow>, StoreError> {
        self.values.push(Value::Integer(i64::from(limit)));
        let _ = write!(self.text, " ORDER BY {order} LIMIT ${}", self.values.len());
        let mut query = sqlx::query(AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Integer(integer) => query.bind(integer),
            };
        }
        Ok(query.fetch_all(connection).await?)
    }
}

/// `%text%` in lower case, with LIKE's own signs escaped by `\`.
pub fn like(text: &str) -> Value {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.trim().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c.to_ascii_lowercase());
    }
    pattern.push('%');
    Value::Text(pattern)
}
