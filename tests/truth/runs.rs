//! Many scenarios side by side; those that fail are made shorter and printed.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    place::Place,
    play::{Played, play},
    scenario::{Edit, Item, Scenario},
};

/// Where the seeds of a run begin that is not told another.
const FIRST_SEED: u64 = 1;
/// After so many transitions a word is said.
const TOLD_EVERY: usize = 100;
/// Failures that are shown; more would be of the same kind.
const SHOWN: usize = 3;
/// Scenarios that are played to find a shorter one.
const MOST_TRIES: usize = 40;

/// Plays scenarios until `count` transitions were compared, and prints one line at the end.
///
/// # Panics
///
/// When predicted and observed differ anywhere.
pub(crate) fn run(place: Place, count: usize) {
    let word = match place {
        Place::Sandbox => "sandbox",
        Place::ControlPlane => "controlplane",
    };
    if variable("PLACE").is_some_and(|wanted| wanted != word) {
        return;
    }
    let number =
        |name: &str| variable(name).map(|text| text.parse().unwrap_or_else(|_| panic!("IRISKIT_TRUTH_{name}: {text}")));
    let only: Option<Vec<usize>> =
        variable("ONLY").map(|text| text.split(',').filter_map(|at| at.parse().ok()).collect());
    let first: u64 = number("SEED").unwrap_or(FIRST_SEED);
    // One scenario is meant when its items are chosen.
    let count = if only.is_some() {
        1
    } else {
        number("COUNT").map_or(count, |count| usize::try_from(count).expect("a count"))
    };
    let (next, begun, equal, refused) =
        (AtomicU64::new(first), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let (stale, valid) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let disturbed: Mutex<BTreeMap<&str, usize>> = Mutex::default();
    let (failures, off) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let workers = match place {
        Place::Sandbox => thread::available_parallelism().map_or(2, usize::from),
        Place::ControlPlane => 6, // mostly waiting
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let failed = failures.lock().unwrap().len();
                    if begun.load(Ordering::Relaxed) >= count || failed >= SHOWN || off.load(Ordering::Relaxed) {
                        return;
                    }
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let scenario = Scenario::draw(seed);
                    let scenario = match &only {
                        Some(_) if seed != first => return,
                        Some(kept) => scenario.only(kept),
                        None => scenario,
                    };
                    let expected = scenario.steps().len();
                    begun.fetch_add(expected, Ordering::Relaxed);
                    let Some(played) = play(place, &scenario) else {
                        off.store(true, Ordering::Relaxed);
                        return;
                    };
                    // Some steps turn out to be none.
                    let compared = played.equal + usize::from(!played.found.is_empty());
                    begun.fetch_sub(expected.saturating_sub(compared), Ordering::Relaxed);
                    let before = equal.fetch_add(played.equal, Ordering::Relaxed);
                    if before / TOLD_EVERY != (before + played.equal) / TOLD_EVERY {
                        say(&format!("truth: {} equal so far in {word}", before + played.equal));
                    }
                    refused.fetch_add(played.refused, Ordering::Relaxed);
                    stale.fetch_add(played.stale, Ordering::Relaxed);
                    valid.fetch_add(played.valid, Ordering::Relaxed);
                    for (what, count) in &played.disturbed {
                        *disturbed.lock().unwrap().entry(what).or_default() += count;
                    }
                    if !played.found.is_empty() {
                        say(&format!("seed {seed}, step {}: not equal: {}", played.step, played.found.join("; ")));
                        failures.lock().unwrap().push((scenario, played));
                    }
                }
            });
        }
    });
    if off.into_inner() {
        return;
    }
    let failures = failures.into_inner().unwrap();
    let equal = equal.into_inner();
    let failed = failures.len();
    for (scenario, played) in failures.into_iter().take(SHOWN) {
        let (scenario, played) = if only.is_some() {
            (scenario, played)
        } else {
            shorter(scenario, played, |scenario| play(place, scenario))
        };
        say(&told(word, place, &scenario, &played));
    }
    let (last, refused) = (next.into_inner() - 1, refused.into_inner());
    let (stale, valid) = (stale.into_inner(), valid.into_inner());
    say(&format!(
        "       {word}, seeds {first} to {last}; {refused} of them plans with errors, of which nothing happened"
    ));
    say(&format!("       the world moved before {} applies: {stale} were refused, {valid} went on", stale + valid));
    let disturbed: Vec<String> =
        disturbed.into_inner().unwrap().iter().map(|(what, count)| format!("{count} {what}")).collect();
    say(&format!(
        "truth: {} transitions, {equal} equal ({}), {word}, seed {first}",
        equal + failed,
        disturbed.join(", ")
    ));
    assert!(failed == 0, "what was planned is not what happened");
}

/// `IRISKIT_TRUTH_…` of the environment.
fn variable(name: &str) -> Option<String> {
    std::env::var(format!("IRISKIT_TRUTH_{name}")).ok()
}

/// A scenario with as few items as still fail: nothing after the step that failed, then one after the other left out.
fn shorter(
    mut scenario: Scenario,
    mut played: Played,
    play: impl Fn(&Scenario) -> Option<Played>,
) -> (Scenario, Played) {
    scenario.items.truncate(scenario.steps()[..=played.step].iter().map(Vec::len).sum());
    let mut tries = 0;
    for (at, ..) in scenario.items.clone().into_iter().rev() {
        let kept: Vec<usize> = scenario.items.iter().map(|(item, ..)| *item).filter(|item| *item != at).collect();
        let candidate = scenario.clone().only(&kept);
        tries += 1;
        if tries > MOST_TRIES {
            break;
        }
        if let Some(again) = play(&candidate).filter(|again| !again.found.is_empty()) {
            (scenario, played) = (candidate, again);
        }
    }
    (scenario, played)
}

/// A failure with the command that repeats it.
fn told(word: &str, place: Place, scenario: &Scenario, played: &Played) -> String {
    let test = match place {
        Place::Sandbox => "in_the_sandbox",
        Place::ControlPlane => "on_the_control_plane",
    };
    let items: Vec<String> = scenario.items.iter().map(|(at, ..)| at.to_string()).collect();
    let mut story = format!("not equal in {word}, step {}:\n", played.step);
    for finding in &played.found {
        _ = writeln!(story, "  {}", finding.replace('\n', "\n    "));
    }
    for (at, step, item) in &scenario.items {
        _ = writeln!(story, "  item {at}, step {step}: {item:?}");
    }
    let only = if items.is_empty() { "none".to_owned() } else { items.join(",") };
    let seed = scenario.seed;
    story + &format!("repeat: IRISKIT_TRUTH_SEED={seed} IRISKIT_TRUTH_ONLY={only} cargo test --test truth {test}\n")
}

/// Says something to the person who runs the tests, past the capture of the test harness.
fn say(line: &str) {
    _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// A player that finds something as soon as a step has all of these.
fn fails_with(wanted: &[fn(&Item) -> bool]) -> impl Fn(&Scenario) -> Option<Played> {
    |scenario| {
        let mut seen: Vec<Item> = Vec::new();
        for (step, items) in scenario.steps().into_iter().enumerate() {
            seen.extend(items);
            if wanted.iter().all(|is_wanted| seen.iter().any(is_wanted)) {
                return Some(Played { found: vec!["a lie".to_owned()], step, ..Played::default() });
            }
        }
        Some(Played::default())
    }
}

#[test]
fn a_failure_is_told_with_the_items_it_needs_and_no_others() {
    let wanted: [fn(&Item) -> bool; 3] = [
        |item| matches!(item, Item::Edit(Edit::Set(0, "/spec/topology/data/mirrored", _))),
        |item| matches!(item, Item::Rule(_)),
        |item| matches!(item, Item::AfterPlan(_)),
    ];
    let play = fails_with(&wanted);
    let mut shortened = 0;
    for seed in 0..200 {
        let scenario = Scenario::draw(seed);
        let played = play(&scenario).expect("it plays everywhere");
        // Longer ones than there are tries for stay longer.
        if played.found.is_empty() || scenario.items.len() > MOST_TRIES {
            continue;
        }
        let (short, played) = shorter(scenario, played, &play);
        assert_eq!(short.items.len(), wanted.len(), "{:?}", short.items);
        assert_eq!(played.found, ["a lie"]);
        let again = Scenario::draw(seed).only(&short.items.iter().map(|(at, ..)| *at).collect::<Vec<_>>());
        assert_eq!(play(&again).expect("it plays everywhere").found, ["a lie"]);
        shortened += 1;
    }
    assert!(shortened > 20, "{shortened}");
}
