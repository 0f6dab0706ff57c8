//! Settings as earlier versions had them: limits were numbers of minutes, under keys of their own.

use serde_yaml::Value;

/// The same settings under the keys of today. Where both are there, both stay, and the older one is refused as unknown.
pub(super) fn in_todays_keys(mut settings: Value) -> Value {
    if let Some(delegate) = settings.get_mut("delegate") {
        rename(delegate, "timeout");
        rename(delegate, "idle");
    }
    for gate in settings.get_mut("gates").and_then(Value::as_sequence_mut).into_iter().flatten() {
        rename(gate, "timeout");
    }
    settings
}

fn rename(around: &mut Value, key: &str) {
    let old = format!("{key}_minutes");
    let Some(around) = around.as_mapping_mut().filter(|around| !around.contains_key(key)) else { return };
    if let Some(minutes) = around.get(&old).and_then(Value::as_u64) {
        around.remove(&old);
        around.insert(key.into(), format!("{minutes}m").into());
    }
}
