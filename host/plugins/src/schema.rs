//! Settings against the schema (JSON Schema) that the plugin itself gives of them.

use serde_json::Value;

/// Mistakes that are told at once; more of them only hide the first.
const MOST_MISTAKES: usize = 5;

/// Whether `settings` are what `schema` asks for; the error lists what is wrong, for the operator.
pub(crate) fn check(schema: &str, settings: &Value) -> Result<(), String> {
    if schema.trim().is_empty() {
        return match settings {
            Value::Null => Ok(()),
            Value::Object(map) if map.is_empty() => Ok(()),
            _ => Err("it takes no settings; take them out of the configuration".to_owned()),
        };
    }
    let broken = |error: &dyn std::fmt::Display| {
        format!("the schema of its settings is broken, which its author has to mend: {error}")
    };
    let parsed: Value = serde_json::from_str(schema).map_err(|error| broken(&error))?;
    let validator = jsonschema::validator_for(&parsed).map_err(|error| broken(&error))?;
    let mistakes: Vec<String> = validator
        .iter_errors(settings)
        .take(MOST_MISTAKES)
        .map(|error| {
            let path = error.instance_path().to_string();
            let place = path.trim_start_matches('/').replace('/', ".");
            if place.is_empty() { error.to_string() } else { format!("`{place}`: {error}") }
        })
        .collect();
    if mistakes.is_empty() { Ok(()) } else { Err(format!("its settings are wrong: {}", mistakes.join("; "))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    const SCHEMA: &str = r#"{
        "type": "object", "additionalProperties": false,
        "properties": { "top": { "type": "integer", "minimum": 0, "maximum": 30 }, "mode": { "enum": ["a", "b"] } }
    }"#;

    #[test]
    fn what_fits_the_schema_passes() {
        for settings in [json!({}), json!({ "top": 3, "mode": "a" })] {
            assert_eq!(check(SCHEMA, &settings), Ok(()));
        }
        assert_eq!(check("", &json!({})), Ok(()));
        assert_eq!(check(" ", &Value::Null), Ok(()));
    }

    #[test]
    fn every_mistake_names_its_place() {
        let wrong = |schema, settings| check(schema, &settings).unwrap_err();
        expect![[r#"its settings are wrong: `mode`: "c" is not one of "a" or "b"; `top`: 31 is greater than the maximum of 30"#]].assert_eq(&wrong(SCHEMA, json!({ "top": 31, "mode": "c" })));
        expect!["its settings are wrong: Additional properties are not allowed ('tops' was unexpected)"]
            .assert_eq(&wrong(SCHEMA, json!({ "tops": 3 })));
        expect!["it takes no settings; take them out of the configuration"].assert_eq(&wrong("", json!({ "top": 3 })));
        assert!(wrong("{", json!({})).contains("its author has to mend"));
        assert!(wrong(r#"{ "type": "nonsense" }"#, json!({})).contains("its author has to mend"));
    }
}
