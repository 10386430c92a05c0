//! For every mirror the forecast is what `decide` asks for, one decision after the other, of pods that a player of IRIS restarts.
//! The player keeps pods as a server shows them and knows nothing of the forecast.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::mirror::member::{MemberState, StatusAge};

/// How a pod is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Serving,
    Unready,
    Stopped,
    Going,
    Missing,
}

use Health::{Going, Missing, Serving, Stopped, Unready};

/// What a member says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Primary,
    Backup,
    CatchingUp,
    InTrouble,
    Following,
    Nothing,
}

impl Word {
    fn annotation(self) -> Option<Value> {
        let (member_type, status, journal) = match self {
            Word::Primary => ("Failover", "Primary", "N/A"),
            Word::Backup => ("Failover", "Backup", "Active"),
            Word::CatchingUp => ("Failover", "Backup", "117 MB"),
            Word::InTrouble => ("Failover", "Crashed", ""),
            Word::Following => ("Read-Only Reporting", "Connected", "Caught up"),
            Word::Nothing => return None,
        };
        let at = "1970-01-01T00:00:00Z";
        let text = json!({"type": member_type, "status": status, "journal": journal, "at": at}).to_string();
        Some(Value::from(text))
    }

    fn label(self) -> Option<&'static str> {
        match self {
            Word::Primary => Some("primary"),
            Word::Backup | Word::CatchingUp => Some("backup"),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
struct Pod {
    ordinal: usize,
    follows: bool,
    old: bool,
    health: Health,
    word: Word,
    label: Option<&'static str>,
}

impl Pod {
    fn name(&self) -> String {
        format!("d-{}", self.ordinal)
    }

    fn seen(&self) -> Value {
        let mut pod = json!({"metadata": {"name": self.name(), "uid": self.name(), "labels": {}, "annotations": {}},
            "status": {"phase": "Running",
                "conditions": [{"type": "Ready", "status": if self.health == Serving { "True" } else { "False" }}],
                "containerStatuses": [{"name": "iris", "state":
                    if self.health == Stopped { json!({"waiting": {"reason": "CrashLoopBackOff"}}) } else { json!({"running": {}}) }}]}});
        if let Some(label) = self.label {
            pod["metadata"]["labels"]["intersystems.com/mirrorRole"] = label.into();
        }
        if let Some(said) = self.word.annotation() {
            pod["metadata"]["annotations"]["iriskit/mirror-status"] = said;
        }
        if self.health == Going {
            pod["metadata"]["deletionTimestamp"] = "1970-01-01T00:00:00Z".into();
        }
        pod
    }

    /// The role that one sees.
    fn role(&self) -> Option<&'static str> {
        if matches!(self.health, Stopped | Missing) {
            return None;
        }
        let spoken = self.word.label().filter(|_| !self.follows);
        self.label.or(spoken)
    }

    fn says(&mut self, word: Word) {
        (self.word, self.label) = (word, word.label());
    }
}

/// What is played: a roll, or the replacement of those that are old, which lack a claim then.
#[derive(Debug, Clone, Copy)]
enum Play {
    Roll(RollTerms),
    Replace { blind: bool },
}

#[derive(Debug, Clone)]
struct Player {
    play: Play,
    pods: Vec<Pod>,
    /// Who was primary on the newest revision.
    was_primary: BTreeSet<String>,
}

/// One restart as the player saw it: name, rule, whether it was primary, who took over.
type Played = (String, RestartRule, bool, Option<String>);

impl Player {
    fn is_blind(&self) -> bool {
        matches!(self.play, Play::Roll(RollTerms { blind: true, .. }) | Play::Replace { blind: true })
    }

    fn state(&self) -> MirrorState {
        let there = self.pods.iter().filter(|pod| pod.health != Missing);
        let member = |pod: &Pod| {
            let mut member = MemberState::of(&pod.seen(), StatusAge::Any);
            match self.play {
                Play::Roll(_) => member.outdated = pod.old,
                Play::Replace { .. } => member.lacks_claim = pod.old,
            }
            member
        };
        MirrorState { observed: true, first: 0, replicas: self.pods.len(), members: there.map(member).collect() }
    }

    fn leader(&self) -> Option<usize> {
        self.pods.iter().position(|pod| pod.role() == Some("primary"))
    }

    fn at(&self, name: &str) -> usize {
        self.pods.iter().position(|pod| pod.name() == name).unwrap()
    }

    /// The other one of the two that take over.
    fn other(&self, than: usize) -> usize {
        (0..self.pods.len()).find(|at| *at != than && !self.pods[*at].follows).unwrap()
    }

    fn remember(&mut self) {
        let new = self.pods.iter().filter(|pod| !pod.old && pod.role() == Some("primary"));
        self.was_primary.extend(new.map(Pod::name));
    }

    /// No member reports that it is primary: the last that would go is.
    fn crown(&mut self) {
        let replaces = matches!(self.play, Play::Replace { .. });
        let mut line: Vec<usize> =
            (0..self.pods.len()).filter(|at| !self.pods[*at].follows && self.pods[*at].health != Missing).collect();
        line.sort_by_key(|at| self.pods[*at].ordinal);
        if !replaces {
            line.reverse();
        }
        // Stable: a member less likely to be primary goes to the front.
        if !replaces {
            line.sort_by_key(|at| self.pods[*at].health == Serving);
        }
        line.sort_by_key(|at| self.pods[*at].old);
        line.sort_by_key(|at| self.pods[*at].role() != Some("backup"));
        line.sort_by_key(|at| self.pods[*at].health != Stopped);
        let crowned = &mut self.pods[*line.last().unwrap()];
        if crowned.health == Stopped {
            crowned.health = Serving;
        }
        crowned.says(Word::Primary);
    }

    fn restart(&mut self, name: &str) -> (bool, Option<String>) {
        let at = self.at(name);
        let was_primary = self.pods[at].role() == Some("primary");
        let mut heir = None;
        if was_primary {
            let other = self.other(at);
            if self.pods[other].health == Serving {
                self.pods[other].says(Word::Primary);
                heir = Some(self.pods[other].name());
            }
            self.pods[at].says(Word::Nothing);
        }
        let word = if self.pods[at].follows {
            Word::Following
        } else if self.leader().is_none_or(|leader| leader == at) && self.pods[self.other(at)].health != Serving {
            Word::Primary
        } else {
            Word::Backup
        };
        (self.pods[at].old, self.pods[at].health) = (false, Serving);
        self.pods[at].says(word);
        (was_primary, heir)
    }

    fn tells(&mut self, name: &str, word: Word) {
        let at = self.at(name);
        self.pods[at].says(word);
    }

    fn serves(&mut self, name: &str) {
        let at = self.at(name);
        let pod = &mut self.pods[at];
        // What did not run has nothing to say yet, whatever it said before.
        if pod.health == Stopped && !pod.follows {
            pod.says(Word::Nothing);
        }
        pod.health = Serving;
    }

    /// What the roll waits for comes true.
    fn wait(&mut self, obstacle: &Obstacle) {
        match obstacle {
            Obstacle::Terminating(name) | Obstacle::NotReady { name, .. } => self.serves(name),
            Obstacle::Behind { name, .. } | Obstacle::TwoPrimaries(_, name) => self.tells(name, Word::Backup),
            Obstacle::StatusUnknown { name, .. } if self.leader().is_some() => {
                let follows = self.pods[self.at(name)].follows;
                self.tells(name, if follows { Word::Following } else { Word::Backup });
            }
            Obstacle::StatusUnknown { .. } | Obstacle::NoPrimary => self.crown(),
            Obstacle::Missing { .. } | Obstacle::LastMemberLacksClaim(_) => {
                for at in 0..self.pods.len() {
                    if self.pods[at].health == Missing {
                        let name = self.pods[at].name();
                        self.pods[at].old = false;
                        self.restart(&name);
                    }
                }
            }
            Obstacle::Unobserved | Obstacle::NoBackup(_) => panic!("{obstacle} in {self:?}"),
        }
    }

    fn decide(&self) -> Decision {
        match self.play {
            Play::Roll(terms) => decide(&self.state(), terms, &self.was_primary),
            Play::Replace { blind } => decide_replacement(&self.state(), ReplacedPods::Mirrored { blind }),
        }
    }

    /// What must hold when a pod is about to go.
    fn check(&self, name: &str) {
        let pod = &self.pods[self.at(name)];
        if pod.follows {
            return;
        }
        let other = &self.pods[self.other(self.at(name))];
        let leads = pod.role() == Some("primary");
        if pod.health == Serving {
            assert_eq!(other.health, Serving, "both fail-over members are down: {self:?}");
        }
        if leads && !self.is_blind() {
            assert_eq!(other.word, Word::Backup, "the primary goes before a backup is caught up: {self:?}");
        }
    }

    /// Plays to the end.
    fn play(&mut self) -> Vec<Played> {
        const STEPS: usize = 100;
        let mut played = Vec::new();
        if self.is_blind()
            && self.leader().is_none()
            && self.pods.iter().any(|pod| !pod.follows && !matches!(pod.health, Stopped | Missing))
        {
            self.crown();
        }
        for _ in 0..STEPS {
            self.remember();
            match self.decide() {
                Decision::Done => return played,
                Decision::Wait(obstacle) => self.wait(&obstacle),
                Decision::Delete { name, rule, .. } => {
                    self.check(&name);
                    let (was_primary, heir) = self.restart(&name);
                    played.push((name, rule, was_primary, heir));
                }
            }
        }
        panic!("no end: {self:?}");
    }
}

fn failover() -> impl Strategy<Value = (bool, Health, Word, bool)> {
    let health =
        prop_oneof![6 => Just(Serving), 1 => Just(Unready), 1 => Just(Stopped), 1 => Just(Going), 1 => Just(Missing)];
    let word = prop_oneof![
        3 => Just(Word::Primary),
        3 => Just(Word::Backup),
        1 => Just(Word::CatchingUp),
        1 => Just(Word::InTrouble),
        1 => Just(Word::Nothing)
    ];
    (any::<bool>(), health, word, any::<bool>())
}

fn follower() -> impl Strategy<Value = (bool, Health, Word, bool)> {
    let health =
        prop_oneof![6 => Just(Serving), 1 => Just(Unready), 1 => Just(Stopped), 1 => Just(Going), 1 => Just(Missing)];
    let word = prop_oneof![4 => Just(Word::Following), 1 => Just(Word::Nothing)];
    (any::<bool>(), health, word, any::<bool>())
}

fn player(play: impl Strategy<Value = Play>) -> impl Strategy<Value = Player> {
    let members = (proptest::array::uniform2(failover()), proptest::collection::vec(follower(), 0..3), any::<bool>());
    let was_primary = proptest::collection::btree_set("d-[01]", 0..2);
    (members, was_primary, play).prop_map(|((pair, followers, followers_first), was_primary, play)| {
        let blind = matches!(play, Play::Roll(RollTerms { blind: true, .. }) | Play::Replace { blind: true });
        let speaks = |(_, health, word, _): &(bool, Health, Word, bool)| *health != Missing && *word != Word::Nothing;
        // Of those that say nothing the lowest ordinals take over.
        let first = followers_first && !blind && pair.iter().chain(&followers).all(speaks);
        let shift = if first { followers.len() } else { 0 };
        let pod = |ordinal: usize, follows, (old, health, word, labelled): (bool, Health, Word, bool)| Pod {
            ordinal,
            follows,
            old: old && health != Missing,
            health,
            word: if blind { Word::Nothing } else { word },
            label: word.label().filter(|_| labelled && health != Missing),
        };
        let count = followers.len();
        let mut pods: Vec<Pod> =
            pair.into_iter().enumerate().map(|(at, drawn)| pod(at + shift, false, drawn)).collect();
        // Where nobody reports, no more than one can be labelled by those who did before.
        if blind && pods[0].label == Some("primary") && pods[1].label == Some("primary") {
            pods[1].label = None;
        }
        let offset = if first { 0 } else { 2 };
        pods.extend(followers.into_iter().enumerate().map(|(at, drawn)| pod(at + offset, true, drawn)));
        debug_assert_eq!(pods.len(), count + 2);
        pods.sort_by_key(|pod| pod.ordinal);
        Player { play, pods, was_primary }
    })
}

fn any_roll() -> impl Strategy<Value = Play> {
    (0..4_u8, any::<bool>(), any::<bool>()).prop_map(|(blind, both_primary, up_to_primary)| {
        Play::Roll(RollTerms { blind: blind == 0, both_primary, up_to_primary })
    })
}

fn restarts(forecast: &Forecast) -> Vec<Played> {
    let one = |one: &Restart| (one.name.clone(), one.rule, one.is_primary, one.successor.clone());
    forecast.restarts().map(one).collect()
}

proptest! {
    #[test]
    fn a_roll_goes_as_it_was_foreseen(player in player(any_roll())) {
        prop_assume!(player.pods.iter().any(|pod| pod.health != Missing));
        let Play::Roll(terms) = player.play else { unreachable!() };
        let foreseen = forecast(&player.state(), terms, &player.was_primary);
        let mut end = player.clone();
        let played = end.play();
        prop_assert_eq!(restarts(&foreseen), played.clone(), "{:?}", player);
        prop_assert_eq!(&foreseen.blocked, &None);
        for pod in &player.pods {
            let count = |of: &dyn Fn(RestartRule) -> bool| played.iter().filter(|(name, rule, ..)| *name == pod.name() && of(*rule)).count();
            let stays = end.pods[end.at(&pod.name())].old;
            prop_assert!(!stays || terms.up_to_primary, "{} stays", pod.name());
            prop_assert_eq!(stays, foreseen.left_outdated.contains(&pod.name()));
            prop_assert_eq!(count(&|rule| rule != RestartRule::BothPrimary), usize::from(pod.old && !stays), "{:?}", played);
            prop_assert!(count(&|rule| rule == RestartRule::BothPrimary) <= usize::from(terms.both_primary));
            if terms.both_primary && !terms.blind && !terms.up_to_primary && !pod.follows {
                let was_primary = end.was_primary.contains(&pod.name());
                prop_assert!(was_primary, "{} was never primary: {:?} {:?}", pod.name(), player, played);
            }
        }
    }

    #[test]
    fn a_replacement_goes_as_it_was_foreseen(player in player(any::<bool>().prop_map(|blind| Play::Replace { blind }))) {
        prop_assume!(player.pods.iter().any(|pod| pod.health != Missing));
        let Play::Replace { blind } = player.play else { unreachable!() };
        let foreseen = forecast_replacement(&player.state(), ReplacedPods::Mirrored { blind });
        let played = player.clone().play();
        prop_assert_eq!(restarts(&foreseen), played.clone(), "{:?}", player);
        let lacking: Vec<String> = player.pods.iter().filter(|pod| pod.old).map(Pod::name).collect();
        let names: Vec<String> = played.into_iter().map(|(name, ..)| name).collect();
        prop_assert_eq!(names, lacking, "each one once, from the lowest ordinal up");
        prop_assert_eq!((foreseen.blocked, foreseen.left_outdated), (None, Vec::new()));
    }
}
