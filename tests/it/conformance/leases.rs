//! Leases: what is a lock, and what isn't.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{lease, version, with},
    reply::Reply,
};

const RACERS: usize = 8;

cases! {
    one_of_many_creates_a_lease,
    one_of_many_takes_a_lease,
    a_patched_lease_is_everybodys,
    an_applied_lease_is_no_lock,
    times_of_leases_have_six_decimals,
}

/// All at once; gives the codes, sorted.
fn race(ctx: &Ctx, run: impl Fn(&Ctx, usize) -> Reply + Sync) -> Vec<u16> {
    let mut codes: Vec<u16> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS)
            .map(|racer| {
                scope.spawn({
                    let run = &run;
                    move || run(ctx, racer).code
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    codes.sort_unstable();
    codes
}

fn one_then(first: u16, rest: u16) -> Vec<u16> {
    std::iter::once(first).chain(std::iter::repeat_n(rest, RACERS - 1)).collect()
}

fn one_of_many_creates_a_lease(ctx: &Ctx) {
    let codes = race(ctx, |ctx, racer| ctx.post("leases", &lease("l", &format!("r{racer}"))));
    assert_eq!(codes, one_then(201, 409));
    ctx.post("leases", &lease("l", "late"))
        .refused(409, "AlreadyExists")
        .message("leases.coordination.k8s.io \"l\" already exists")
        .about("l", "coordination.k8s.io", "leases");
}

fn one_of_many_takes_a_lease(ctx: &Ctx) {
    let made = ctx.post("leases", &lease("l", "first")).created();
    let version = version(&made).to_owned();
    let codes = race(ctx, |ctx, racer| {
        ctx.put("leases/l", &with(lease("l", &format!("r{racer}")), json!({"metadata": {"resourceVersion": version}})))
    });
    assert_eq!(codes, one_then(200, 409));
}

fn a_patched_lease_is_everybodys(ctx: &Ctx) {
    ctx.post("leases", &lease("l", "first")).created();
    let codes =
        race(ctx, |ctx, racer| ctx.merge("leases/l", &json!({"spec": {"holderIdentity": format!("r{racer}")}})));
    assert_eq!(codes, [200; RACERS]);
}

fn an_applied_lease_is_no_lock(ctx: &Ctx) {
    ctx.apply("leases/l", &lease("l", "first")).created();
    assert_eq!(ctx.apply("leases/l", &lease("l", "second")).ok()["spec"]["holderIdentity"], "second");
    ctx.apply_as("other", "leases/l", &lease("l", "third")).refused(409, "Conflict");
    ctx.apply_as("other", "leases/l", &lease("l", "second")).ok();
    ctx.apply_as("other&force=true", "leases/l", &lease("l", "third")).ok();
}

fn times_of_leases_have_six_decimals(ctx: &Ctx) {
    let at = |time: &str| -> Value { with(lease("l", "a"), json!({"spec": {"renewTime": time}})) };
    ctx.post("leases", &at("2026-01-01T00:00:00Z")).refused(400, "BadRequest");
    ctx.apply("leases/l", &at("2026-01-01T00:00:00Z")).refused(500, "");
    let made = ctx.post("leases", &at("2026-01-01T02:00:00.000000+02:00")).created();
    assert_eq!(made["spec"]["renewTime"], "2026-01-01T00:00:00.000000Z");
    let zero = with(lease("m", "a"), json!({"spec": {"leaseDurationSeconds": 0}}));
    ctx.post("leases", &zero).refused(422, "Invalid").causes(&["FieldValueInvalid @ spec.leaseDurationSeconds"]);
}
