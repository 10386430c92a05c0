//! Broken manifests and what is said about them.

use std::path::PathBuf;

use iriskit::{files, view::diagnostics};
use iriskit_core::manifest::{self, Input};

#[test]
fn every_broken_manifest_is_explained() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let inputs = files::read(&[folder]).unwrap();
    assert!(inputs.len() >= 40, "{}", inputs.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../broken");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for input in inputs {
            let name = PathBuf::from(&input.name).file_name().unwrap().to_string_lossy().into_owned();
            let inputs = [Input { name: name.clone(), text: input.text }];
            let reading = manifest::read(&inputs, "default");
            let text = diagnostics::render(&reading.diagnostics, &inputs, false, 120);
            let summary = diagnostics::summary(&reading.diagnostics);
            insta::assert_snapshot!(name, format!("{text}\n{summary}"));
        }
    });
}
