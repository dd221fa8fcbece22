//! What speaks for and against a rollout: measurements, their tallies, and approvals.

use model::api::{Page, PageQuery};
use model::check::{CheckRun, MEASUREMENTS_MAX, Measurement, Tally};
use model::id::DeploymentId;
use model::rollout::{Approval, Evidence};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::row::{Fields, json};
use super::{StoreError, Transaction, cursor};

/// Measurements of one tally between two looks at how many are kept.
const LOOK_EVERY: u32 = 8;

/// Steps count from 1 and the background is 0.
fn step_column(step: Option<u32>) -> i64 {
    step.map_or(0, i64::from)
}

fn step_of(row: &AnyRow) -> Result<Option<u32>, StoreError> {
    Ok(Some(row.count("step")?).filter(|step| *step > 0))
}

/// Adds a measurement to the tally of its check and keeps it; returns it with its id, and the new tally.
///
/// Beyond [`MEASUREMENTS_MAX`] of one check every second of the older half goes, those that passed first.
pub async fn measured(
    tx: &mut Transaction,
    deployment: DeploymentId,
    mut measurement: Measurement,
) -> Result<(Measurement, CheckRun), StoreError> {
    // Writers take turns, so the next id is ours.
    let last: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) AS last FROM measurements")
        .fetch_one(&mut **tx)
        .await?
        .try_get("last")?;
    measurement.id = last + 1;
    sqlx::query(
        "INSERT INTO measurements (id, deployment, check_name, step, time, verdict, value, baseline, asked, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(measurement.id)
    .bind(deployment.to_string())
    .bind(&measurement.check)
    .bind(step_column(measurement.step))
    .bind(measurement.time.as_millis())
    .bind(measurement.verdict.as_str())
    .bind(measurement.value)
    .bind(measurement.baseline)
    .bind(&measurement.asked)
    .bind(&measurement.detail)
    .execute(&mut **tx)
    .await?;
    let mut tally = tally(tx, deployment, &measurement.check, measurement.step).await?;
    tally.add(measurement.verdict, &measurement.detail, measurement.time);
    sqlx::query(
        "INSERT INTO check_runs (deployment, check_name, step, tally) VALUES ($1, $2, $3, $4)
         ON CONFLICT (deployment, check_name, step) DO UPDATE SET tally = excluded.tally",
    )
    .bind(deployment.to_string())
    .bind(&measurement.check)
    .bind(step_column(measurement.step))
    .bind(json(&tally)?)
    .execute(&mut **tx)
    .await?;
    // Counting costs, so it is done now and then; a check has a tally for each of at most 32 steps.
    if tally.measured % LOOK_EVERY == 0 {
        thin(tx, deployment, &measurement.check).await?;
    }
    let run = CheckRun { check: measurement.check.clone(), step: measurement.step, tally };
    Ok((measurement, run))
}

async fn tally(
    tx: &mut Transaction,
    deployment: DeploymentId,
    check: &str,
    step: Option<u32>,
) -> Result<Tally, StoreError> {
    let row =
        sqlx::query("SELECT tally FROM check_runs WHERE deployment = $1 AND check_name = $2 AND step = $3")
            .bind(deployment.to_string())
            .bind(check)
            .bind(step_column(step))
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.as_ref().map(|row| row.json("tally")).transpose()?.unwrap_or_default())
}

async fn thin(tx: &mut Transaction, deployment: DeploymentId, check: &str) -> Result<(), StoreError> {
    let most = i64::from(MEASUREMENTS_MAX - 32 * LOOK_EVERY);
    let kept: i64 =
        sqlx::query("SELECT COUNT(*) AS kept FROM measurements WHERE deployment = $1 AND check_name = $2")
            .bind(deployment.to_string())
            .bind(check)
            .fetch_one(&mut **tx)
            .await?
            .try_get("kept")?;
    if kept <= most {
        return Ok(());
    }
    let middle: i64 = sqlx::query(
        "SELECT id FROM measurements WHERE deployment = $1 AND check_name = $2 ORDER BY id LIMIT 1 OFFSET $3",
    )
    .bind(deployment.to_string())
    .bind(check)
    .bind(kept / 2)
    .fetch_one(&mut **tx)
    .await?
    .try_get("id")?;
    for which in ["verdict = 'pass'", "verdict <> 'pass'"] {
        let text = format!(
            "DELETE FROM measurements WHERE id IN (
                 SELECT id FROM (
                     SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM measurements
                     WHERE deployment = $1 AND check_name = $2 AND id < $3 AND {which}
                 ) AS numbered WHERE place % 2 = 0)"
        );
        let gone = sqlx::query(AssertSqlSafe(text))
            .bind(deployment.to_string())
            .bind(check)
            .bind(middle)
            .execute(&mut **tx)
            .await?;
        if gone.rows_affected() > 0 {
            break;
        }
    }
    Ok(())
}

/// Oldest first; of one check where it is named.
pub async fn measurements(
    connection: &mut AnyConnection,
    deployment: DeploymentId,
    check: Option<&str>,
    page: &PageQuery,
) -> Result<Page<Measurement>, StoreError> {
    let after = cursor::decode::<i64>(page.cursor.as_deref())?.unwrap_or(0);
    let limit = page.limit();
    let rows = sqlx::query(
        "SELECT id, check_name, step, time, verdict, value, baseline, asked, detail FROM measurements
         WHERE deployment = $1 AND id > $2 AND (CAST($3 AS TEXT) = '' OR check_name = $3) ORDER BY id LIMIT $4",
    )
    .bind(deployment.to_string())
    .bind(after)
    .bind(check.unwrap_or_default())
    .bind(i64::from(limit) + 1)
    .fetch_all(connection)
    .await?;
    let measurements = rows.iter().map(measurement).collect::<Result<Vec<_>, _>>()?;
    Ok(cursor::page(measurements, limit, |measurement| measurement.id))
}

fn measurement(row: &AnyRow) -> Result<Measurement, StoreError> {
    Ok(Measurement {
        id: row.integer("id")?,
        check: row.text("check_name")?,
        step: step_of(row)?,
        time: row.time("time")?,
        verdict: row.word("verdict")?,
        value: row.try_get("value")?,
        baseline: row.try_get("baseline")?,
        asked: row.text("asked")?,
        detail: row.text("detail")?,
    })
}

/// A yes to a step; `false` when this person has said it before.
pub async fn approve(
    tx: &mut Transaction,
    deployment: DeploymentId,
    person: &str,
    approval: &Approval,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO approvals (deployment, step, person, actor, reason, time) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (deployment, step, person) DO NOTHING",
    )
    .bind(deployment.to_string())
    .bind(i64::from(approval.step))
    .bind(person)
    .bind(&approval.by)
    .bind(&approval.reason)
    .bind(approval.time.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Everything the planner weighs.
pub async fn evidence(
    connection: &mut AnyConnection,
    deployment: DeploymentId,
) -> Result<Evidence, StoreError> {
    let runs = sqlx::query(
        "SELECT check_name, step, tally FROM check_runs WHERE deployment = $1 ORDER BY check_name, step",
    )
    .bind(deployment.to_string())
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(|row| {
        Ok(CheckRun { check: row.text("check_name")?, step: step_of(row)?, tally: row.json("tally")? })
    })
    .collect::<Result<Vec<_>, StoreError>>()?;
    let approvals = sqlx::query(
        "SELECT step, actor, reason, time FROM approvals WHERE deployment = $1 ORDER BY step, time, actor",
    )
    .bind(deployment.to_string())
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(|row| {
        Ok(Approval {
            step: row.count("step")?,
            by: row.text("actor")?,
            reason: row.text("reason")?,
            time: row.time("time")?,
        })
    })
    .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Evidence { runs, approvals })
}

/// What was measured and approved so far counts for the deployment that goes on in another's place.
pub async fn carry_over(
    tx: &mut Transaction,
    from: DeploymentId,
    to: DeploymentId,
) -> Result<(), StoreError> {
    for text in [
        "INSERT INTO check_runs (deployment, check_name, step, tally)
         SELECT CAST($2 AS TEXT), check_name, step, tally FROM check_runs WHERE deployment = $1",
        "INSERT INTO approvals (deployment, step, person, actor, reason, time)
         SELECT CAST($2 AS TEXT), step, person, actor, reason, time FROM approvals WHERE deployment = $1",
    ] {
        sqlx::query(text).bind(from.to_string()).bind(to.to_string()).execute(&mut **tx).await?;
    }
    Ok(())
}
