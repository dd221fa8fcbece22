//! Tags that could be newer than what apps run: of any number of images by one question, each a few steps of an index.

use model::newer::{Candidate, PRERELEASE, RELEASE};
use sqlx::{AnyConnection, AssertSqlSafe};

use super::StoreError;
use super::row::Fields;

/// An image of which newer tags are asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Running {
    /// What its registry is kept under.
    pub host: String,
    pub repository: String,
    /// The repository as the app names it, and so its releases.
    pub named: String,
    pub tag: String,
}

/// Of each: its tag, the highest release and pre-release by number, and what was pushed last; but for its own tag, nothing
/// that is marked as bad. In the order of `wanted`; empty where no registry has it.
pub async fn candidates(
    connection: &mut AnyConnection,
    wanted: &[Running],
) -> Result<Vec<Vec<Candidate>>, StoreError> {
    let mut found = vec![Vec::new(); wanted.len()];
    if wanted.is_empty() {
        return Ok(found);
    }
    let row = |number: usize| {
        let first = number * 4;
        format!("({number}, ${}, ${}, ${}, ${})", first + 1, first + 2, first + 3, first + 4)
    };
    let rows = (0..wanted.len()).map(row).collect::<Vec<_>>().join(", ");
    let best = |condition: &str, order: &str| {
        format!(
            "(SELECT c.name FROM registry_tags c
              WHERE c.registry = r.id AND c.repository = w.repository AND c.gone_at IS NULL {condition}
                  AND NOT EXISTS (SELECT 1 FROM releases b WHERE b.repository = w.named AND b.digest = c.digest
                                  AND b.bad_at IS NOT NULL)
              ORDER BY {order} LIMIT 1)"
        )
    };
    let release = best(&format!("AND c.precedence >= '{RELEASE}'"), "c.precedence DESC");
    let prerelease = best(
        &format!("AND c.precedence >= '{PRERELEASE}' AND c.precedence < '{RELEASE}'"),
        "c.precedence DESC",
    );
    let pushed = best("", "c.pushed_at DESC, c.name DESC");
    let text = format!(
        "WITH w (number, host, repository, named, tag) AS (VALUES {rows})
         SELECT CAST(w.number AS BIGINT) AS number, t.name AS name, t.digest AS digest, t.pushed_at AS pushed_at
         FROM w JOIN registries r ON r.host = w.host
         JOIN registry_tags t ON t.registry = r.id AND t.repository = w.repository
             AND t.name IN (w.tag, {release}, {prerelease}, {pushed})
         WHERE t.gone_at IS NULL"
    );
    let query = wanted.iter().fold(sqlx::query(AssertSqlSafe(text)), |query, each| {
        query.bind(&each.host).bind(&each.repository).bind(&each.named).bind(&each.tag)
    });
    for row in query.fetch_all(connection).await? {
        let number = usize::try_from(row.integer("number")?).unwrap_or(usize::MAX);
        if let Some(of) = found.get_mut(number) {
            of.push(Candidate {
                name: row.text("name")?,
                digest: row.text("digest")?,
                pushed_at: row.time("pushed_at")?,
            });
        }
    }
    Ok(found)
}
