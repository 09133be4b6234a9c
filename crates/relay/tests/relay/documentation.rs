//! The table of limits in docs/operating.md is the one in the code.

use plenary_protocol::limits::Limits;
use plenary_relay::Bounds;
use plenary_relay::word::WordLimits;

/// A number with commas between thousands.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[test]
fn the_limits_in_the_documentation_are_those_in_the_code() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md");
    let page = std::fs::read_to_string(page).expect("docs/operating.md is there");
    let (bounds, limits) = (Bounds::default(), Limits::default());
    let word = WordLimits::default();
    for row in [
        format!(
            "| JSON body of a request | {} MiB |",
            bounds.body_bytes >> 20
        ),
        format!("| bundle | {} MiB |", bounds.bundle_bytes >> 20),
        format!(
            "| Word document | {} MiB, {} s, {} MiB of Markdown, 512 MiB of memory |",
            word.document_bytes >> 20,
            word.time.as_secs(),
            word.markdown_bytes >> 20
        ),
        format!(
            "| Word documents that are converted at once, and that wait | {}, {} |",
            word.at_once, word.waiting
        ),
        format!("| websocket frame | {} MiB;", limits.frame_bytes >> 20),
        format!("| open websockets | {} |", thousands(bounds.connections)),
        format!(
            "| … from one address (this machine is not counted) | {} |",
            bounds.connections_per_address
        ),
        format!(
            "| connections that speak HTTP or nothing | {} |",
            thousands(bounds.http_connections)
        ),
        format!(
            "| time until `join`, and for the head of a request | {} s |",
            bounds.join_timeout.as_secs()
        ),
        format!(
            "| pings without a sign of life (one each {} s) | {} |",
            bounds.ping_interval.as_secs(),
            bounds.missed_pings
        ),
        format!(
            "| documents that one connection follows | {} |",
            thousands(limits.documents_per_connection)
        ),
        format!(
            "| documents that are loaded at once | {} |",
            thousands(bounds.rooms)
        ),
        format!(
            "| messages that wait for one draft | {} |",
            bounds.mailbox_messages
        ),
        format!(
            "| large messages (over 64 KiB) in memory for one draft | {} MiB |",
            bounds.large_message_bytes >> 20
        ),
        format!(
            "| messages about news to one connection | one each {} ms |",
            bounds.news_interval_ms
        ),
    ] {
        assert!(
            page.contains(&row),
            "docs/operating.md lacks the row\n{row}"
        );
    }
}
