//! The real binary, end to end: one file a story, named after what it shows.

#[macro_use]
mod harness;

mod admission;
mod adoption;
mod allowances;
mod altered_plan_files;
mod approval_prompt;
mod cluster_snapshots;
mod cluster_status;
mod companions_made_again;
mod destroys_cut_off;
mod drift;
mod failed_runs;
mod field_ownership;
mod files_that_are_written;
mod kills;
mod kubectl_diff;
mod kubernetes_pitfalls;
mod made_again;
mod mirror_labeler;
mod mirror_rolls;
mod not_ready;
mod objects_being_deleted;
mod one_data_node;
mod one_run_at_a_time;
mod pending_parameters;
mod plan_json;
mod planned_destroys;
mod plans_that_stand_alone;
mod preflight;
mod protection;
mod random_rolls;
mod removal;
mod requests_of_a_plan;
mod rights;
mod run_events;
mod saved_plans;
mod secrets;
mod services_and_sidecars;
mod several_clusters;
mod stage_order;
mod stale_plans;
mod storage;
mod volumes_that_go;
mod what_users_write;
