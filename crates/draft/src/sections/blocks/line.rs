//! What one line of Markdown may begin or end.

/// A line, with its indentation measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Bytes from the beginning of the text.
    pub(super) offset: usize,
    /// Columns of white space in front; a tab goes to the next multiple of four.
    pub(super) indent: usize,
    /// The line without its indentation, its ending and white space before that.
    pub(super) content: &'a str,
}

impl<'a> Line<'a> {
    pub(super) fn new(line: &'a str, offset: usize) -> Self {
        let mut indent = 0;
        let mut bytes = 0;
        for byte in line.bytes() {
            match byte {
                b' ' => indent += 1,
                b'\t' => indent += 4 - indent % 4,
                _ => break,
            }
            bytes += 1;
        }
        Self {
            offset,
            indent,
            content: line[bytes..].trim_end_matches([' ', '\t', '\n', '\r']),
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.content.is_empty()
    }

    pub(super) fn starts_with(&self, mark: char) -> bool {
        self.content.starts_with(mark)
    }

    /// How many times `mark` stands at the beginning.
    fn run(&self, mark: u8) -> usize {
        self.content
            .bytes()
            .take_while(|byte| *byte == mark)
            .count()
    }

    /// The level of the heading that this line is, `#` to `######`.
    pub(super) fn atx_level(&self) -> Option<u8> {
        let level = self.run(b'#');
        let after = self.content.as_bytes().get(level);
        let separated = matches!(after, None | Some(b' ' | b'\t'));
        (1..=6)
            .contains(&level)
            .then_some(level as u8)
            .filter(|_| separated)
    }

    /// The words of a heading, without the `#`s before and after them.
    pub(super) fn atx_title(&self) -> String {
        let words = self.content.trim_start_matches('#').trim();
        let open = words.trim_end_matches('#');
        let closed = open.is_empty() || open.ends_with([' ', '\t']);
        if closed { open.trim_end() } else { words }.to_owned()
    }

    /// The level that this line gives to the paragraph above it, as its underline.
    pub(super) fn underline_level(&self) -> Option<u8> {
        let all = |mark: u8| self.run(mark) == self.content.len() && !self.is_blank();
        match (all(b'='), all(b'-')) {
            (true, _) => Some(1),
            (_, true) => Some(2),
            _ => None,
        }
    }

    pub(super) fn is_thematic_break(&self) -> bool {
        let mut marks = self
            .content
            .bytes()
            .filter(|byte| !matches!(byte, b' ' | b'\t'));
        let Some(first @ (b'-' | b'*' | b'_')) = marks.next() else {
            return false;
        };
        let mut count = 1;
        for mark in marks {
            if mark != first {
                return false;
            }
            count += 1;
        }
        count >= 3
    }

    pub(super) fn is_list_item(&self) -> bool {
        if self.is_thematic_break() {
            return false;
        }
        let digits = self.content.bytes().take_while(u8::is_ascii_digit).count();
        let bytes = self.content.as_bytes();
        let after = match (digits, bytes.get(digits)) {
            (0, Some(b'-' | b'*' | b'+')) => 1,
            (1..=9, Some(b'.' | b')')) => digits + 1,
            _ => return false,
        };
        matches!(bytes.get(after), None | Some(b' ' | b'\t'))
    }

    /// The mark and length of the fence that begins here.
    pub(super) fn opens_fence(&self) -> Option<(u8, usize)> {
        let mark = *self.content.as_bytes().first()?;
        let length = self.run(mark);
        let info = self.content.get(length..)?;
        let fence = match mark {
            b'`' => !info.contains('`'),
            b'~' => true,
            _ => false,
        };
        (fence && length >= 3).then_some((mark, length))
    }

    pub(super) fn closes_fence(&self, mark: u8, length: usize) -> bool {
        let run = self.run(mark);
        run >= length && run == self.content.len()
    }

    pub(super) fn starts_footnote(&self) -> bool {
        self.content.starts_with("[^")
    }

    /// Whether this line belongs to the block above it although a blank line stands between:
    /// the definition of a term, or attributes for a block.
    pub(super) fn continues_definition(&self) -> bool {
        self.indent >= 2
            || self.content.starts_with(": ")
            || self.content.starts_with(":\t")
            || self.content.starts_with("~ ")
            || self.content.starts_with("{:")
    }
}

/// The kinds of HTML block of CommonMark, by what ends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Html {
    /// Ends at this text, compared without regard to case.
    Until(&'static str),
    /// Ends at a blank line.
    UntilBlank,
}

/// Elements whose content is not Markdown, with what ends them.
const VERBATIM: [(&str, &str); 4] = [
    ("script", "</script>"),
    ("pre", "</pre>"),
    ("style", "</style>"),
    ("textarea", "</textarea>"),
];

/// Elements that begin a block wherever they stand at the beginning of a line (CommonMark 4.6).
const BLOCK_ELEMENTS: &str = " address article aside base basefont blockquote body caption center \
    col colgroup dd details dialog dir div dl dt fieldset figcaption figure footer form frame \
    frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link main menu menuitem nav \
    noframes ol optgroup option p param search section summary table tbody td tfoot th thead title \
    tr track ul ";

impl Html {
    pub(super) fn opened_by(line: &Line<'_>, in_paragraph: bool) -> Option<Self> {
        let tag = line.content.strip_prefix('<')?;
        if tag.starts_with("!--") {
            return Some(Self::Until("-->"));
        }
        if tag.starts_with('?') {
            return Some(Self::Until("?>"));
        }
        if tag.starts_with("![CDATA[") {
            return Some(Self::Until("]]>"));
        }
        if tag.starts_with('!') {
            return Some(Self::Until(">"));
        }
        let closing = tag.starts_with('/');
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let length = tag
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            .count();
        let name = tag.get(..length)?.to_ascii_lowercase();
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        let separated = matches!(
            tag.as_bytes().get(length),
            None | Some(b' ' | b'\t' | b'>' | b'/')
        );
        if let Some((_, end)) = VERBATIM.iter().find(|(element, _)| *element == name)
            && separated
            && !closing
        {
            return Some(Self::Until(end));
        }
        let block = separated && BLOCK_ELEMENTS.contains(&format!(" {name} "));
        let alone = tag.ends_with('>') && !tag.contains('<') && !tag.contains("://");
        (block || (alone && separated && !in_paragraph)).then_some(Self::UntilBlank)
    }

    pub(super) fn ends_with(self, line: &Line<'_>) -> bool {
        match self {
            Self::UntilBlank => line.is_blank(),
            Self::Until(end) => {
                let content = line.content.as_bytes();
                content
                    .windows(end.len())
                    .any(|window| window.eq_ignore_ascii_case(end.as_bytes()))
            }
        }
    }
}
