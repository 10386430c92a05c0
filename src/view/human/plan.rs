//! The whole text.

use iriskit_state::plan::Plan;

use super::{change, closing, drift, facts::Facts, header, notes, staying};
use crate::ui::{Label, Look};
use crate::view::page::Page;

/// The plan as text of at most `look.width` columns, but for words that have to stay whole.
pub fn plan(plan: &Plan, look: &Look) -> String {
    let facts = Facts::new(plan);
    let mut page = Page::new(*look);
    header::write(&mut page, &facts);
    drift::write(&mut page, &facts);
    stages(&mut page, &facts);
    staying::write(&mut page, &facts);
    closing::write(&mut page, &facts);
    notes::write(&mut page, &plan.notes, |address| facts.spoken(address));
    page.finish()
}

fn stages(page: &mut Page, facts: &Facts<'_>) {
    let stages = facts.stages();
    let columns = change::Columns::of(facts, stages.iter().flat_map(|(_, changes)| changes.iter().copied()));
    if !stages.is_empty() {
        page.blank();
    }
    for (number, (name, changes)) in stages.iter().enumerate() {
        // Where everything is removed, saying it of every stage is noise.
        let name = if facts.destroys() { name.without_removal() } else { *name };
        let heading = format!("{:>3}  {}", number + 1, page.paint(Label::Stage, name));
        page.line(0, &heading);
        for change in changes {
            change::write(page, facts, &columns, change);
        }
    }
}

/// The flags that lead to the plan's cluster.
pub(super) fn place(plan: &Plan) -> String {
    match plan.cluster.context.as_str() {
        "sandbox" => format!("--sandbox={}", plan.cluster.server),
        "in-cluster" => String::new(),
        context => format!("--context {context}"),
    }
}
