//! The step at whose end everything is gone.

use std::collections::BTreeSet;

use iriskit::survey::{self, Planned, SurveyError, Target};
use iriskit_core::plan::{SecretValues, planner::PlanError};

use crate::{
    manifests::Manifests,
    outcome::{DONE, ERROR},
    relevant_places::Wanted,
    same_plan::{changes, expect_same},
    step::{Execution, StepRun, Transition, finding},
};

impl StepRun<'_> {
    /// By the binary in one go: it plans and carries that out, so that nobody comes between the two.
    pub(crate) fn destroy(&self, manifests: &Manifests, data: bool) -> Result<Transition, Vec<String>> {
        let namespace = self.world.namespace.clone();
        let names = manifests.names();
        let targets: Vec<Target> =
            names.iter().map(|name| Target { namespace: namespace.clone(), name: name.clone() }).collect();
        self.world.runtime.block_on(async {
            self.history.settled(self.world).await.map_err(finding)?;
            let mut how = self.options(false);
            if self.binary.is_some() {
                how.sources.clone_from(&names);
            }
            let destroy =
                async || survey::destroy(&self.world.cluster, &targets, &how, data).await.map(|planned| planned.plan);
            let plan = match destroy().await {
                Ok(plan) => plan,
                Err(SurveyError::Plan(PlanError::NoRecord { .. })) => {
                    if let Some(binary) = &self.binary {
                        let nothing = binary.destroy(&names, data, &BTreeSet::new(), true).await;
                        nothing.expect(ERROR, "a destroy of nothing")?;
                    }
                    return Ok(Transition::NothingToCompare);
                }
                Err(error) => return Err(finding(format!("plan of destroy: {error}"))),
            };
            let again = destroy().await.map_err(|error| finding(format!("second plan of destroy: {error}")))?;
            expect_same("the same destroy", &plan, &again)?;
            let mut planned = Planned { plan, secret_values: SecretValues::default(), runs: Vec::new() };
            let mut expected = planned.plan.clone();
            let mut execution = Execution::Saved;
            for drift in &self.after_plan {
                if let Some(rebased) = self.change_before_apply(&planned, &Wanted::default(), expected, drift).await? {
                    expected = rebased;
                } else {
                    planned.plan = destroy().await.map_err(|error| finding(format!("plan of destroy: {error}")))?;
                    expected = planned.plan.clone();
                }
            }
            if let Some(binary) = &self.binary {
                planned.plan = destroy().await.map_err(|error| finding(format!("plan of destroy: {error}")))?;
                expected = planned.plan.clone();
                execution = Execution::Named(binary, &names, data);
            }
            let transition = self.carry_out(&planned, &expected, execution).await?;
            let left = match destroy().await {
                Err(SurveyError::Plan(PlanError::NoRecord { .. })) => ERROR,
                Ok(left) if !left.summary.changes() => DONE,
                Ok(left) => return Err(finding(format!("left after destroy: {:?}", changes(&left)))),
                Err(error) => return Err(finding(format!("plan after destroy: {error}"))),
            };
            if let Execution::Named(binary, names, _) = execution {
                let mark = self.world.mark();
                binary.destroy(names, data, &BTreeSet::new(), true).await.expect(left, "a second destroy")?;
                self.nothing_written("a second destroy", &mark)?;
            }
            Ok(transition)
        })
    }
}
