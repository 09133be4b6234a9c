//! Dates in words.

use super::Labels;

/// A date in words of a language: `2026-11-22` → `22 November 2026`.
///
/// Understands `2026`, `2026-11` and `2026-11-22`, each maybe with a time after it; gives none for
/// anything else, which is then printed as it was typed.
pub(crate) fn format_date(text: &str, labels: &Labels) -> Option<String> {
    let (year, month, day) = parts(text)?;
    let Some(month) = month else {
        return Some(year.to_string());
    };
    let name = labels.months.get(usize::from(month) - 1)?;
    let pattern = if day.is_some() {
        labels.day_pattern
    } else {
        labels.month_pattern
    };
    let first = day == Some(1) && labels.tag == "fr";
    let day = day.map_or_else(String::new, |day| {
        if first {
            "1er".to_owned()
        } else {
            day.to_string()
        }
    });
    Some(
        pattern
            .replace("{d}", &day)
            .replace("{m}", name)
            .replace("{y}", &year.to_string()),
    )
}

/// Year, month and day of an ISO date, each within its range.
fn parts(text: &str) -> Option<(u16, Option<u8>, Option<u8>)> {
    let date = text.trim().split(['T', ' ']).next()?;
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4)?;
    let month = fields.next().map(|field| number(field, 2));
    let day = fields.next().map(|field| number(field, 2));
    if fields.next().is_some() {
        return None;
    }
    let month = month
        .map(|month| month.filter(|month| (1..=12).contains(month)))
        .map_or(Some(None), |found| found.map(Some))?;
    let day = day
        .map(|day| day.filter(|day| (1..=31).contains(day)))
        .map_or(Some(None), |found| found.map(Some))?;
    let small = |value: u16| u8::try_from(value).ok();
    Some((year, month.and_then(small), day.and_then(small)))
}

fn number(field: &str, digits: usize) -> Option<u16> {
    let sound = field.len() == digits && field.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| field.parse().ok()).flatten()
}

/// The part of a date that a machine reads, if it is one.
pub(crate) fn machine_date(text: &str) -> Option<&str> {
    parts(text)?;
    text.trim().split(['T', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::super::of;
    use super::*;

    #[test]
    fn dates_in_six_languages() {
        for (tag, expected) in [
            ("en", "22 November 2026"),
            ("fr", "22 novembre 2026"),
            ("es", "22 de noviembre de 2026"),
            ("ru", "22 ноября 2026 г."),
            ("ar", "22 تشرين الثاني/نوفمبر 2026"),
            ("zh", "2026年11月22日"),
        ] {
            assert_eq!(
                format_date("2026-11-22", of(tag)).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(
            format_date("2026-11", of("en")).as_deref(),
            Some("November 2026")
        );
        assert_eq!(format_date("2026", of("en")).as_deref(), Some("2026"));
        assert_eq!(
            format_date("2026-01-01T10:00:00Z", of("fr")).as_deref(),
            Some("1er janvier 2026")
        );
    }

    #[test]
    fn other_dates_are_left_alone() {
        for text in [
            "22 November 2026",
            "2026-13",
            "2026-11-32",
            "26-11-22",
            "2026-1-1",
            "",
            "2026-11-22-1",
        ] {
            assert_eq!(format_date(text, of("en")), None, "{text}");
        }
    }
}
