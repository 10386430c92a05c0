//! How a cluster stands. In go its record and what was read of its objects; out come its workloads, members and Services, and
//! what is wrong with it.

mod cluster;
mod service;
mod workload;

pub(crate) use cluster::cluster_status;
