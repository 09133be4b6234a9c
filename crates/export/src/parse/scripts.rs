//! Which script a letter belongs to, and what that says of the language.

/// Scripts that are told apart. Everything else counts as Latin, which is never marked by itself:
/// French in an English report cannot be seen by its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Arabic,
    Hebrew,
    Cyrillic,
    Han,
    Kana,
    Hangul,
    Devanagari,
    Bengali,
    Tamil,
    Thai,
    Georgian,
    Armenian,
    Ethiopic,
}

/// How many scripts there are, for tables of counts.
pub(crate) const SCRIPTS: usize = 14;

/// The script of a letter; none for figures, punctuation, spaces, symbols and marks.
pub(crate) fn of(c: char) -> Option<Script> {
    if c.is_ascii() {
        return c.is_ascii_alphabetic().then_some(Script::Latin);
    }
    let code = c as u32;
    // Typographic quotation marks and dashes, accented Latin letters: no need of Unicode's tables.
    if matches!(code, 0x2000..=0x206F) {
        return None;
    }
    if matches!(code, 0xC0..=0x24F) {
        return Some(Script::Latin);
    }
    if !c.is_alphabetic() {
        return None;
    }
    Some(match code {
        0x0400..=0x052F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => Script::Cyrillic,
        0x0530..=0x058F => Script::Armenian,
        0x0590..=0x05FF | 0xFB1D..=0xFB4F => Script::Hebrew,
        0x0600..=0x06FF | 0x0750..=0x077F | 0x0870..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => {
            Script::Arabic
        }
        0x0900..=0x097F => Script::Devanagari,
        0x0980..=0x09FF => Script::Bengali,
        0x0B80..=0x0BFF => Script::Tamil,
        0x0E00..=0x0E7F => Script::Thai,
        0x10A0..=0x10FF | 0x1C90..=0x1CBF => Script::Georgian,
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7FF => Script::Hangul,
        0x1200..=0x139F => Script::Ethiopic,
        0x3040..=0x30FF | 0x31F0..=0x31FF => Script::Kana,
        0x3005
        | 0x3007
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x2_0000..=0x3_FFFF => Script::Han,
        _ => Script::Latin,
    })
}

/// The script in which a language is written by default.
pub(crate) fn of_language(tag: &str) -> Script {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default().to_ascii_lowercase();
    for part in parts {
        match part.to_ascii_lowercase().as_str() {
            "latn" => return Script::Latin,
            "cyrl" => return Script::Cyrillic,
            "arab" => return Script::Arabic,
            "hebr" => return Script::Hebrew,
            _ => {}
        }
    }
    match primary.as_str() {
        "ar" | "fa" | "ur" | "ps" | "sd" | "ug" | "ckb" | "dv" => Script::Arabic,
        "he" | "yi" => Script::Hebrew,
        "ru" | "uk" | "be" | "bg" | "mk" | "sr" | "kk" | "ky" | "mn" | "tg" | "tt" => {
            Script::Cyrillic
        }
        "zh" | "yue" | "wuu" => Script::Han,
        "ja" => Script::Kana,
        "ko" => Script::Hangul,
        "hi" | "mr" | "ne" => Script::Devanagari,
        "bn" | "as" => Script::Bengali,
        "ta" => Script::Tamil,
        "th" => Script::Thai,
        "ka" => Script::Georgian,
        "hy" => Script::Armenian,
        "am" | "ti" => Script::Ethiopic,
        _ => Script::Latin,
    }
}

impl Script {
    /// The language that a passage in this script is most likely in, where the report does not say.
    pub(crate) fn likely_language(self) -> &'static str {
        match self {
            Self::Latin => "en",
            Self::Arabic => "ar",
            Self::Hebrew => "he",
            Self::Cyrillic => "ru",
            Self::Han => "zh",
            Self::Kana => "ja",
            Self::Hangul => "ko",
            Self::Devanagari => "hi",
            Self::Bengali => "bn",
            Self::Tamil => "ta",
            Self::Thai => "th",
            Self::Georgian => "ka",
            Self::Armenian => "hy",
            Self::Ethiopic => "am",
        }
    }

    /// Whether text in it belongs to a passage in `context`: Japanese and Korean use Chinese characters.
    pub(crate) fn fits(self, context: Self) -> bool {
        self == context || (self == Self::Han && matches!(context, Self::Kana | Self::Hangul))
    }

    /// Whether it runs from right to left.
    pub(crate) fn rtl(self) -> bool {
        matches!(self, Self::Arabic | Self::Hebrew)
    }
}

/// Whether every character is Latin, punctuation or a symbol, judged by first bytes: U+0000 to
/// U+02FF and U+2000 to U+2FFF. Saves most texts the look at each letter. Looks at every byte, which
/// the compiler makes many at once.
pub(crate) fn plainly_latin(text: &str) -> bool {
    let other = |byte: &u8| *byte >= 0xCC && *byte != 0xE2;
    !text.bytes().fold(false, |any, byte| any | other(&byte))
}

/// Letters by script in a stretch of text.
#[derive(Debug, Default)]
pub(crate) struct Census {
    latin: u32,
    /// Made when the first letter of another script is met: most text has none, and a census stands
    /// in every open container.
    others: Option<Box<[u32; SCRIPTS]>>,
}

impl Census {
    /// Counts a text of which [`plainly_latin`] is true. Spaces and points count as letters here:
    /// good enough to weigh one script against another.
    pub(crate) fn add_latin(&mut self, text: &str) {
        self.latin += u32::try_from(text.len()).unwrap_or(u32::MAX) / 2;
    }

    /// Counts any text.
    pub(crate) fn add(&mut self, text: &str) {
        let others = self.others.get_or_insert_default();
        for script in text.chars().filter_map(of) {
            others[script as usize] += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.latin += other.latin;
        let Some(more) = other.others else { return };
        match &mut self.others {
            None => self.others = Some(more),
            Some(own) => {
                for (own, more) in own.iter_mut().zip(*more) {
                    *own += more;
                }
            }
        }
    }

    /// The script of most letters, where it is not Latin or the Latin letters stand in another context.
    pub(crate) fn dominant(&self) -> Option<Script> {
        let Some(counts) = self.counts() else {
            return (self.latin > 0).then_some(Script::Latin);
        };
        let total: u32 = counts.iter().sum();
        // Kana decides between Japanese and Chinese: Japanese prose is never without it.
        let kana = counts[Script::Kana as usize];
        let han = counts[Script::Han as usize];
        if kana * 10 > han && (kana + han) * 2 > total {
            return Some(Script::Kana);
        }
        ALL.into_iter()
            .find(|script| counts[*script as usize] * 2 > total)
    }

    /// Whether this is Latin prose: nine letters in ten, and more than a name or two.
    pub(crate) fn is_mostly_latin(&self) -> bool {
        let (latin, total) = match self.counts() {
            None => (self.latin, self.latin),
            Some(counts) => (counts[Script::Latin as usize], counts.iter().sum()),
        };
        latin > 12 && latin * 10 >= total * 9
    }

    /// Letters by script, when there are others than Latin ones.
    fn counts(&self) -> Option<[u32; SCRIPTS]> {
        let mut counts = **self.others.as_ref()?;
        counts[Script::Latin as usize] += self.latin;
        Some(counts)
    }
}

const ALL: [Script; SCRIPTS] = [
    Script::Latin,
    Script::Arabic,
    Script::Hebrew,
    Script::Cyrillic,
    Script::Han,
    Script::Kana,
    Script::Hangul,
    Script::Devanagari,
    Script::Bengali,
    Script::Tamil,
    Script::Thai,
    Script::Georgian,
    Script::Armenian,
    Script::Ethiopic,
];
