//! Which fields can't be changed in place: the table that plans work from, held against servers field by field.

mod access;
mod case;
mod cluster_wide;
mod coverage;
mod judge;
mod pods;
mod services;
mod settings;
mod volumes;
mod workloads;

use super::ctx::Ctx;
use case::Case;

cases! {
    fixed_fields_of_access,
    fixed_fields_of_cluster_wide_kinds,
    fixed_fields_of_pods,
    fixed_fields_of_services,
    fixed_fields_of_settings,
    fixed_fields_of_volumes,
    fixed_fields_of_workloads,
}

fn fixed_fields_of_access(ctx: &Ctx) {
    judge::all(ctx, &access::cases());
}

fn fixed_fields_of_cluster_wide_kinds(ctx: &Ctx) {
    judge::all(ctx, &cluster_wide::cases());
}

fn fixed_fields_of_pods(ctx: &Ctx) {
    judge::all(ctx, &pods::cases());
}

fn fixed_fields_of_services(ctx: &Ctx) {
    judge::all(ctx, &services::cases());
}

fn fixed_fields_of_settings(ctx: &Ctx) {
    judge::all(ctx, &settings::cases());
}

fn fixed_fields_of_volumes(ctx: &Ctx) {
    judge::all(ctx, &volumes::cases());
}

fn fixed_fields_of_workloads(ctx: &Ctx) {
    judge::all(ctx, &workloads::cases());
}

/// All cases of all kinds.
fn all() -> Vec<Case> {
    let parts = [
        access::cases(),
        cluster_wide::cases(),
        pods::cases(),
        services::cases(),
        settings::cases(),
        volumes::cases(),
        workloads::cases(),
    ];
    parts.into_iter().flatten().collect()
}
