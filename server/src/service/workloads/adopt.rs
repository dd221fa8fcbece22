//! Making an app of a workload: the creation of an app like any other, which also says what it takes over.

use model::api::{CreateApp, UpdateApp};
use model::app::App;
use model::definition::parse;
use model::deployment::{Deployment, DeploymentKind};
use model::id::{AppKey, EnvironmentName};
use model::permission::Caller;
use model::problem::{Problem, ProblemCode};
use model::workload::{Adopt, AdoptionPlan, ForeignWorkload, Stops, clashes};
use serde_json::{Value, json};

use crate::service::Core;
use crate::service::apps::{create_by, plan_app, read_name, require_stoppable};

/// The definition that is wanted: the given one or the derived one, with the given project.
fn definition(workload: &ForeignWorkload, input: &Adopt) -> Value {
    let mut definition = input.definition.clone().unwrap_or_else(|| workload.definition.clone());
    if let (Some(project), Value::Object(fields)) = (&input.project, &mut definition) {
        fields.insert("project".to_owned(), json!(project));
    }
    definition
}

pub async fn adopt(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    workload: &ForeignWorkload,
    input: Adopt,
) -> Result<(App, Deployment), Problem> {
    require_stoppable(environment, workload)?;
    let creation = CreateApp {
        definition: definition(workload, &input),
        name: input.name,
        reason: input.reason,
        override_window: input.override_window,
        override_release: input.override_release,
    };
    create_by(core, caller, environment, creation, DeploymentKind::Create, Some(workload)).await
}

pub async fn plan(
    core: &Core,
    caller: &Caller,
    environment: &EnvironmentName,
    workload: ForeignWorkload,
    input: Adopt,
) -> Result<AdoptionPlan, Problem> {
    require_stoppable(environment, &workload)?;
    let app = read_name(&input.name).map_err(|error| Problem::invalid(vec![error]))?;
    let key = AppKey { environment: environment.clone(), app };
    let update = UpdateApp { definition: Some(definition(&workload, &input)), ..UpdateApp::default() };
    let plan = plan_app(core, caller, &key, update).await?;
    if plan.kind != DeploymentKind::Create {
        let detail = format!("There is an app {} in {environment} already.", key.app);
        return Err(Problem::new(ProblemCode::AlreadyExists, detail).with("what", "app").with("name", key));
    }
    let clashes = match parse(&plan.definition) {
        Ok(definition) => clashes(&workload, &definition),
        Err(errors) => return Err(Problem::invalid(errors)),
    };
    Ok(AdoptionPlan { stops: Stops::of(&clashes), clashes, workload, plan })
}
