//! What happened to each pod during a watch: made, restarted, deleted; and which pods were primary. Pure.

use iriskit_state::plan::PodEffect;
use serde_json::Value;

use iriskit_core::mirror::Role;
use iriskit_kubernetes::{names::MIRROR_ROLE, views::Pod};

/// What matters of a pod at one moment.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PodState {
    name: String,
    uid: String,
    /// Whether it was there when watching began.
    from_the_start: bool,
    ready: bool,
    primary: bool,
    going: bool,
    gone: bool,
}

impl PodState {
    /// `None` for what is no pod.
    pub(super) fn of(object: &Value, from_the_start: bool, gone: bool) -> Option<Self> {
        let pod = Pod::new(object);
        if pod.kind() != "Pod" {
            return None;
        }
        let going = gone || pod.is_terminating();
        Some(Self {
            name: pod.name().to_owned(),
            uid: pod.uid().unwrap_or_default().to_owned(),
            from_the_start,
            ready: pod.is_healthy(),
            primary: !going && pod.label(MIRROR_ROLE) == Some(Role::Primary.as_str()),
            going,
            gone,
        })
    }

    /// Whether `later` of the same pod says nothing new.
    fn says_as_much_as(&self, later: &Self) -> bool {
        Self { from_the_start: later.from_the_start, ..self.clone() } == *later
    }
}

/// Everything that was seen of pods, in order.
#[derive(Debug, Clone, Default)]
pub(in crate::apply) struct PodHistory(Vec<PodState>);

impl PodHistory {
    pub(super) fn add(&mut self, new: Option<PodState>) {
        let Some(new) = new else { return };
        let last = self.0.iter().rfind(|known| known.uid == new.uid);
        if !last.is_some_and(|last| last.says_as_much_as(&new)) {
            self.0.push(new);
        }
    }

    /// What became of the pods of a set, in the order in which they were touched. A pod that never became ready and was
    /// made once more interrupted nothing: the two count as one.
    pub(in crate::apply) fn touched(&self, set: &str) -> Vec<(String, PodEffect)> {
        let mut names: Vec<&str> = self.of(set).map(|seen| seen.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut touched: Vec<(usize, String, PodEffect)> = Vec::new();
        for name in names {
            let mut lives = self.lives(name);
            let last = lives.len().saturating_sub(1);
            let mut at = 0;
            lives.retain(|life| {
                at += 1;
                at > last || life.from_the_start || life.ready
            });
            let mut previous: Option<&Life> = None;
            for life in &lives {
                match previous {
                    Some(before) => {
                        touched.push((before.going.unwrap_or(life.born), name.to_owned(), PodEffect::Restarts));
                    }
                    None if !life.from_the_start => touched.push((life.born, name.to_owned(), PodEffect::Created)),
                    None => {}
                }
                previous = Some(life);
            }
            if let Some(Life { gone: true, going: Some(at), .. }) = previous {
                touched.push((*at, name.to_owned(), PodEffect::Deleted));
            }
        }
        touched.sort_by_key(|(at, ..)| *at);
        touched.into_iter().map(|(_, name, effect)| (name, effect)).collect()
    }

    /// The pods of a set that were primary, one after the other.
    pub(in crate::apply) fn primaries(&self, set: &str) -> Vec<&str> {
        let mut held: Vec<&str> = self.of(set).filter(|seen| seen.primary).map(|seen| seen.name.as_str()).collect();
        held.dedup();
        held
    }

    fn of(&self, set: &str) -> impl Iterator<Item = &PodState> {
        self.0.iter().filter(move |seen| is_pod_of(&seen.name, set))
    }

    /// The pods that had one name, one after the other.
    fn lives(&self, name: &str) -> Vec<Life> {
        let mut lives: Vec<(&str, Life)> = Vec::new();
        for (at, seen) in self.0.iter().enumerate().filter(|(_, seen)| seen.name == name) {
            if lives.iter().all(|(uid, _)| *uid != seen.uid) {
                let life =
                    Life { from_the_start: seen.from_the_start, born: at, ready: false, going: None, gone: false };
                lives.push((&seen.uid, life));
            }
            let Some((_, life)) = lives.iter_mut().find(|(uid, _)| *uid == seen.uid) else { continue };
            life.ready |= seen.ready;
            if seen.going {
                life.going.get_or_insert(at);
            }
            life.gone |= seen.gone;
        }
        lives.into_iter().map(|(_, life)| life).collect()
    }
}

/// One pod, from its making to its end; moments are places in the history.
#[derive(Debug)]
struct Life {
    from_the_start: bool,
    born: usize,
    ready: bool,
    going: Option<usize>,
    gone: bool,
}

/// Whether a pod has the name of one of a set.
pub(in crate::apply) fn is_pod_of(pod: &str, set: &str) -> bool {
    let ordinal = pod.strip_prefix(set).and_then(|rest| rest.strip_prefix('-'));
    ordinal.is_some_and(|ordinal| !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `d-0:a ready primary going gone`, in any choice of words.
    fn seen(story: &[(&str, bool)]) -> PodHistory {
        let mut history = PodHistory::default();
        for (text, from_the_start) in story {
            let mut words = text.split(' ');
            let (name, uid) = words.next().unwrap().split_once(':').unwrap();
            let words: Vec<&str> = words.collect();
            let is = |word: &str| words.contains(&word);
            let mut pod = json!({"kind": "Pod", "metadata": {"name": name, "uid": uid, "labels": {}},
                "status": {"conditions": [{"type": "Ready", "status": if is("ready") { "True" } else { "False" }}]}});
            if is("primary") {
                pod["metadata"]["labels"][MIRROR_ROLE] = json!("primary");
            }
            if is("going") {
                pod["metadata"]["deletionTimestamp"] = json!("2026-11-22T10:00:00Z");
            }
            history.add(PodState::of(&pod, *from_the_start, is("gone")));
        }
        history
    }

    fn told(history: &PodHistory) -> Vec<String> {
        history.touched("d").into_iter().map(|(name, effect)| format!("{name} {effect:?}")).collect()
    }

    #[test]
    fn a_roll_is_told_in_the_order_of_its_restarts_and_the_primary_moves_once() {
        let roll = seen(&[
            ("d-0:a ready primary", true),
            ("d-1:b ready", true),
            ("d-1:b going", false),
            ("d-1:b gone", false),
            ("d-1:c", false),
            ("d-1:c ready", false),
            ("d-0:a going", false),
            ("d-1:c ready primary", false),
            ("d-0:a gone", false),
            ("d-0:d", false),
            ("d-0:d ready", false),
        ]);
        assert_eq!(told(&roll), ["d-1 Restarts", "d-0 Restarts"]);
        assert_eq!(roll.primaries("d"), ["d-0", "d-1"]);
        assert!(roll.touched("e").is_empty());
    }

    #[test]
    fn pods_come_and_go() {
        let scaled = seen(&[("d-0:a ready", true), ("d-1:b", false), ("d-0:a going", false), ("d-0:a gone", false)]);
        assert_eq!(told(&scaled), ["d-1 Created", "d-0 Deleted"]);
        assert_eq!(told(&seen(&[("d-0:a ready", true), ("d-0:a ready primary", false)])), Vec::<String>::new());
    }

    #[test]
    fn a_pod_that_was_never_ready_is_made_again_without_a_word_and_a_second_restart_is_told() {
        let stumbling = seen(&[
            ("d-0:a ready", true),
            ("d-0:a gone", false),
            ("d-0:b", false),
            ("d-0:b gone", false),
            ("d-0:c ready", false),
        ]);
        assert_eq!(told(&stumbling), ["d-0 Restarts"]);
        let twice = seen(&[
            ("d-0:a ready", true),
            ("d-0:a gone", false),
            ("d-0:b ready", false),
            ("d-0:b gone", false),
            ("d-0:c", false),
        ]);
        assert_eq!(told(&twice), ["d-0 Restarts", "d-0 Restarts"]);
    }

    #[test]
    fn names_of_other_sets_are_told_apart() {
        assert!(is_pod_of("a-data-0", "a-data") && is_pod_of("a-data-0-1", "a-data-0"));
        assert!(
            !is_pod_of("a-data-0-1", "a-data")
                && !is_pod_of("a-data-0", "a-data-0")
                && !is_pod_of("a-database-0", "a-data")
        );
    }
}
