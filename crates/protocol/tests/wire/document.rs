//! docs/protocol.md and the code say the same.

use std::collections::BTreeSet;
use std::fs;

use plenary_protocol::close::CloseCode;
use plenary_protocol::limits::Limits;

use crate::json::to_json;
use crate::ours::samples;
use crate::root;

fn document() -> String {
    fs::read_to_string(root().join("docs/protocol.md")).unwrap()
}

/// The cells of the table behind `<!-- name -->`, without head and rule, backticks removed.
fn table(name: &str) -> Vec<Vec<String>> {
    let document = document();
    let marker = format!("<!-- {name} -->");
    let (_, rest) = document
        .split_once(&marker)
        .unwrap_or_else(|| panic!("docs/protocol.md lacks {marker}"));
    rest.lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|row| {
            let cells = row.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().replace('`', "")).collect()
        })
        .collect()
}

/// Compares rows, and prints the rows that should be there when they differ.
fn check(name: &str, expected: &[Vec<String>], found: &[Vec<String>]) {
    let show = |rows: &[Vec<String>]| {
        let rows = rows.iter().map(|row| format!("| {} |", row.join(" | ")));
        rows.collect::<Vec<_>>().join("\n")
    };
    assert!(
        expected == found,
        "the table `{name}` of docs/protocol.md should begin its rows with\n{}\nbut has\n{}",
        show(expected),
        show(found)
    );
}

#[test]
fn the_close_codes_are_documented() {
    let expected: Vec<Vec<String>> = CloseCode::ALL
        .iter()
        .map(|code| {
            vec![
                code.code().to_string(),
                code.name().to_owned(),
                code.happened().to_owned(),
                code.advice().word().to_owned(),
            ]
        })
        .collect();
    check("close codes", &expected, &table("close codes"));
}

#[test]
fn the_limits_are_documented() {
    let expected: Vec<Vec<String>> = Limits::table()
        .iter()
        .map(|row| {
            vec![
                row.name.to_owned(),
                row.default.to_string(),
                row.unit.to_owned(),
            ]
        })
        .collect();
    let found: Vec<Vec<String>> = table("limits")
        .into_iter()
        .map(|row| row.into_iter().take(3).collect())
        .collect();
    check("limits", &expected, &found);
}

#[test]
fn every_message_and_every_field_is_documented() {
    let document = document();
    let mut words = BTreeSet::new();
    for (_, message) in samples() {
        let message = to_json(&message);
        let fields = message.as_object().unwrap();
        words.extend(fields.keys().cloned());
        words.insert(message["type"].as_str().unwrap().to_owned());
        if let Some(kind) = fields.get("kind") {
            words.insert(kind.as_str().unwrap().to_owned());
        }
    }
    let missing: Vec<&String> = words
        .iter()
        .filter(|word| !document.contains(&format!("`{word}`")))
        .collect();
    assert!(missing.is_empty(), "docs/protocol.md lacks {missing:?}");
}
