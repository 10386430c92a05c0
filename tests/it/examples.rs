//! The manifests of `examples/` read without a problem.

use std::path::PathBuf;

use iriskit::files;
use iriskit_core::{
    diagnostic::{Diagnostic, DiagnosticId, Severity},
    manifest,
};

#[test]
fn every_example_reads_without_an_error() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    let inputs = files::read(&[folder]).unwrap();
    assert!(inputs.len() >= 5);
    for input in inputs {
        let reading = manifest::read(std::slice::from_ref(&input), "default");
        // The article takes Nginx, for which no configuration is made: that is to be said.
        let known = |diagnostic: &&Diagnostic| diagnostic.id == DiagnosticId::GatewayPathsUnserved;
        let worst = reading.diagnostics.iter().filter(|found| found.severity != Severity::Note && !known(found));
        assert_eq!(worst.collect::<Vec<_>>(), Vec::<&Diagnostic>::new(), "{}", input.name);
        assert!(!reading.clusters.is_empty(), "{}", input.name);
        assert!(reading.companions.iter().all(|companion| companion.owner.is_some()));
    }
}

#[test]
fn the_articles_manifest_is_understood() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/simple.yaml");
    let reading = manifest::read(&files::read(&[path]).unwrap(), "default");
    let mut cluster = reading.clusters[0].clone();
    cluster.sources = iriskit_core::diagnostic::Sources::default();
    insta::assert_debug_snapshot!(cluster);
    let companion = &reading.companions[0];
    assert_eq!(companion.object.address(), "Service/default/sidecar-service");
    assert_eq!(companion.owner, Some(("default".to_owned(), "simple".to_owned())));
}
