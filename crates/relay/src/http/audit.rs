//! The audit trail of a draft, for its facilitators: to read, and to take away.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::caller::{Asker, Caller};
use super::error::ApiError;
use super::extract::{Asked, At};
use super::openapi::Refusals;
use super::people::People;
use crate::access::Role;
use crate::relay::Relay;
use crate::storage::AuditEntry;

/// How many entries one answer holds.
const MOST_ENTRIES: u32 = 10_000;

/// What of the audit trail is asked for.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// `json` (the default), `jsonl` or `csv`.
    #[param(pattern = "^(json|jsonl|csv)$")]
    format: Option<String>,
    /// Only entries after this one.
    after: Option<i64>,
}

/// The audit trail, or a part of it.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub(super) struct AuditAnswer {
    /// Oldest first.
    entries: Vec<AuditLine>,
    /// When there are more: what to ask for as `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// One entry. It names people by their ids only.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct AuditLine {
    /// Its place in the trail; it only grows.
    sequence: i64,
    /// When, in milliseconds since the Unix epoch. Of those who asked to be withheld, only they are told;
    /// the order is told of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_ms: Option<i64>,
    /// Who did it; absent for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// What was done, as a short stable word.
    kind: String,
    /// The particulars.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

impl AuditLine {
    fn of(entry: AuditEntry, people: &People, asker: &Asker) -> Self {
        let tells_time = entry
            .by
            .as_ref()
            .is_none_or(|by| people.tells_times_of(by, asker.participant()));
        Self {
            sequence: entry.sequence,
            at_ms: tells_time.then_some(entry.at_ms),
            by: entry.by.map(|by| by.as_str().to_owned()),
            kind: entry.kind,
            detail: entry.detail,
        }
    }
}

/// `GET /api/v1/drafts/{id}/audit`
#[utoipa::path(
    get, path = "/drafts/{id}/audit", tag = "audit", operation_id = "read_audit",
    summary = "What was done about the draft, oldest first",
    params(("id" = String, Path, description = "The draft"), Which),
    responses((status = 200, content((AuditAnswer = "application/json"),
               (String = "application/jsonl"), (String = "text/csv"))), Refusals),
    security(("link" = []), ("cookie" = [])),
    extensions(("x-plenary-role" = json!("facilitator")))
)]
pub(super) async fn read(
    State(relay): State<Relay>,
    caller: Caller,
    At(id): At<String>,
    Asked(which): Asked<Which>,
) -> Result<Response, ApiError> {
    let asker = caller.in_draft(&relay, &id).await?;
    asker.require(Role::Facilitator)?;
    let after = which.after.unwrap_or(0);
    let mut entries = relay
        .storage()
        .audit(Some(asker.draft), after, MOST_ENTRIES + 1)
        .await?;
    let most = MOST_ENTRIES as usize;
    let next = entries.len() > most;
    entries.truncate(most);
    let next = entries.last().filter(|_| next).map(|last| last.sequence);
    let people = People::of(&relay, &asker).await?;
    let lines = entries.into_iter();
    let lines: Vec<AuditLine> = lines
        .map(|entry| AuditLine::of(entry, &people, &asker))
        .collect();
    let file = |text: String, kind: &'static str, name: &'static str| {
        let saved = format!("attachment; filename=\"{name}\"");
        let headers = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, saved),
        ];
        (headers, text).into_response()
    };
    Ok(match which.format.as_deref() {
        None | Some("json") => Json(AuditAnswer {
            entries: lines,
            next,
        })
        .into_response(),
        Some("jsonl") => file(json_lines(&lines), "application/jsonl", "audit.jsonl"),
        Some("csv") => file(csv(&lines), "text/csv; charset=utf-8", "audit.csv"),
        Some(_) => {
            return Err(ApiError::BadField {
                field: "format",
                wrong: "is json, jsonl or csv".into(),
            });
        }
    })
}

fn json_lines(lines: &[AuditLine]) -> String {
    lines
        .iter()
        .map(|line| format!("{}\n", json!(line)))
        .collect()
}

fn csv(lines: &[AuditLine]) -> String {
    let mut text = String::from("sequence,at_ms,by,kind,detail\r\n");
    for line in lines {
        let fields = [
            line.sequence.to_string(),
            line.at_ms
                .map_or_else(String::new, |at_ms| at_ms.to_string()),
            cell(line.by.as_deref().unwrap_or_default()),
            cell(&line.kind),
            cell(&without_separators(&line.detail)),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// JSON in which no semicolon stands: where spreadsheets take that for the separator, what follows one
/// would be a cell of its own, and could be a formula. JSON holds them in texts only, and reads the same.
fn without_separators(detail: &serde_json::Value) -> String {
    detail.to_string().replace(';', "\\u003b")
}

/// A cell of text that no spreadsheet takes for a formula: one that begins like a formula gets an
/// apostrophe in front, and all are quoted (RFC 4180).
fn cell(text: &str) -> String {
    let is_formula = text
        .trim_start_matches([' ', '\u{a0}', '\u{feff}'])
        .starts_with([
            '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
        ]);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_two_where_semicolons_separate() {
        let detail = json!({"label": "a;=HYPERLINK(\"x\")"});
        let cell = without_separators(&detail);
        assert!(!cell.contains(';'), "{cell}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&cell).ok(),
            Some(detail)
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for bad in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            " =1",
            "\u{feff}=1",
            "＝1",
            "\r=1",
        ] {
            assert!(cell(bad).starts_with("\"'"), "{bad:?}");
        }
        assert_eq!(cell("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"");
        assert_eq!(cell("{\"label\":\"=1\"}"), "\"{\"\"label\"\":\"\"=1\"\"}\"");
    }
}
