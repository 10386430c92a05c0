//! How the server spells amounts.

use serde_json::{Value, json};

use super::{
    ctx::Ctx,
    objects::{set, with},
};

cases! {
    quantities_are_spelled_anew,
    some_quantities_are_kept_as_given,
    a_quantity_may_be_a_number,
    a_fraction_of_a_byte_is_warned_of,
    another_spelling_of_ours_is_no_change,
}

fn memory(amount: &Value) -> Value {
    let container = json!({"name": "iris", "image": "iris:1", "resources": {"requests": {"memory": amount}}});
    with(set("s"), json!({"spec": {"replicas": 0, "template": {"spec": {"containers": [container]}}}}))
}

fn stored(set: &Value) -> &str {
    let amount = set.pointer("/spec/template/spec/containers/0/resources/requests/memory");
    amount.and_then(Value::as_str).expect("a quantity is text")
}

fn quantities_are_spelled_anew(ctx: &Ctx) {
    for (given, kept) in [
        ("1000m", "1"),
        ("0.5", "500m"),
        ("2000m", "2"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ti", "512Gi"),
        ("2048Ki", "2Mi"),
        ("1000000", "1M"),
        (" 1Gi", "1Gi"),
        ("100u", "1m"),
        ("0.0001", "1m"),
    ] {
        let made = ctx.apply("statefulsets/s?dryRun=All", &memory(&json!(given))).created();
        assert_eq!(stored(&made), kept, "{given}");
    }
}

fn some_quantities_are_kept_as_given(ctx: &Ctx) {
    for kept in ["1e3", "1E6", "1e-3", "131072k", "1073741824", "1000Mi", "+1Gi", "01Gi", "1.Gi", "0", "1", "500m"] {
        let made = ctx.apply("statefulsets/s?dryRun=All", &memory(&json!(kept))).created();
        assert_eq!(stored(&made), kept);
    }
}

fn a_quantity_may_be_a_number(ctx: &Ctx) {
    assert_eq!(stored(&ctx.apply("statefulsets/s?dryRun=All", &memory(&json!(1))).created()), "1");
    assert_eq!(stored(&ctx.post("statefulsets?dryRun=All", &memory(&json!(2))).created()), "2");
}

fn a_fraction_of_a_byte_is_warned_of(ctx: &Ctx) {
    let reply = ctx.apply("statefulsets/s?dryRun=All", &memory(&json!("1.1Gi")));
    assert!(reply.warnings().iter().any(|warning| warning.contains("fractional byte value")), "{:?}", reply.warnings());
    assert_eq!(stored(&reply.created()), "1181116006400m");
}

fn another_spelling_of_ours_is_no_change(ctx: &Ctx) {
    ctx.apply("statefulsets/s", &memory(&json!("1Gi"))).created();
    let settled = ctx.until_is("statefulsets/s", |set| set["status"]["observedGeneration"] == 1);
    assert_eq!(ctx.apply("statefulsets/s", &memory(&json!("1024Mi"))).ok(), settled);
}
