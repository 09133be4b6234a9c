//! A fast scanner for the block structure of Markdown.
//!
//! It reads lines once and knows just enough to say where a text may be cut and where headings
//! stand: CommonMark's blocks, footnotes and definition lists, and front matter. Where a rule of
//! Markdown is intricate it errs on the side of not cutting.

mod line;

use line::{Html, Line};

/// Why a text may be cut at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundaryKind {
    /// A heading begins here.
    Heading,
    /// Another block begins here, after a blank line.
    Block,
}

/// A place where a text may be cut: the beginning of a line, not inside of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary {
    /// Bytes from the beginning of the text; never 0.
    pub offset: usize,
    /// Why it may be cut here.
    pub kind: BoundaryKind,
}

/// A heading outside of lists and quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadingLine {
    /// Bytes from the beginning of the text to the heading's first line.
    pub offset: usize,
    /// From 1 to 6.
    pub level: u8,
    /// Its words as written, without `#`s around them.
    pub title: String,
}

/// What [`scan`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// Where the text may be cut, in order.
    pub boundaries: Vec<Boundary>,
    /// The headings, in order.
    pub headings: Vec<HeadingLine>,
    /// The number of bytes that the front matter takes, its fences included; 0 without one.
    pub front_matter: usize,
}

/// Scans a text with LF only, in time proportional to its length.
pub fn scan(text: &str) -> Scan {
    let mut scanner = Scanner::default();
    let mut offset = front_matter_len(text);
    scanner.found.front_matter = offset;
    scanner.after_blank = offset > 0;
    for line in text[offset..].split_inclusive('\n') {
        scanner.line(&Line::new(line, offset));
        offset += line.len();
    }
    scanner.found
}

/// The length in bytes of YAML (`---`) or TOML (`+++`) front matter; 0 when there is none.
fn front_matter_len(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n');
    let fence = lines.next().unwrap_or_default();
    let closes: fn(&str) -> bool = match fence.trim_end() {
        "---" => |line| matches!(line, "---" | "..."),
        "+++" => |line| line == "+++",
        _ => return 0,
    };
    let mut length = fence.len();
    for line in lines {
        length += line.len();
        if closes(line.trim_end()) {
            return length;
        }
    }
    0
}

/// What the scanner is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Flow,
    /// A fenced block, until a fence of the same kind that is as long.
    Fence {
        mark: u8,
        length: usize,
        in_list: bool,
    },
    /// An HTML block, until what ends its kind.
    Html(Html),
}

#[derive(Debug, Default)]
struct Scanner {
    found: Scan,
    state: State,
    /// Inside of a list, whose items and indented lines are never cut off.
    in_list: bool,
    /// Inside of a quote, whose lazy continuation is no paragraph of its own.
    in_quote: bool,
    after_blank: bool,
    /// The first line of the paragraph that an underline would make a heading.
    paragraph: Option<(usize, String)>,
}

impl Scanner {
    fn line(&mut self, line: &Line<'_>) {
        match self.state {
            State::Flow => self.flow(line),
            State::Fence {
                mark,
                length,
                in_list,
            } => {
                if line.closes_fence(mark, length) {
                    self.state = State::Flow;
                } else if in_list && !line.is_blank() && line.indent < 2 {
                    // The list ends here, and what was open inside of it ends with it.
                    self.state = State::Flow;
                    self.flow(line);
                }
            }
            State::Html(html) => {
                if html.ends_with(line) {
                    self.state = State::Flow;
                    self.after_blank = line.is_blank();
                }
            }
        }
    }

    fn flow(&mut self, line: &Line<'_>) {
        if line.is_blank() {
            self.after_blank = true;
            self.in_quote = false;
            self.paragraph = None;
            return;
        }
        let after_blank = std::mem::replace(&mut self.after_blank, false);
        let continues_list = self.in_list && line.indent >= 2;
        if line.indent >= 4 || continues_list {
            self.inside_of_block(line, continues_list);
            return;
        }
        if let Some(level) = line.atx_level() {
            self.heading(line.offset, level, line.atx_title());
            return;
        }
        if let Some(level) = line.underline_level()
            && let Some((offset, title)) = self.paragraph.take()
        {
            self.heading(offset, level, title);
            return;
        }
        self.block(line, after_blank);
    }

    /// An indented line: it belongs to what stands before it.
    fn inside_of_block(&mut self, line: &Line<'_>, in_list: bool) {
        if in_list && let Some((mark, length)) = line.opens_fence() {
            self.state = State::Fence {
                mark,
                length,
                in_list: true,
            };
        }
        if let Some((_, title)) = &mut self.paragraph {
            title.push(' ');
            title.push_str(line.content);
        }
    }

    fn heading(&mut self, offset: usize, level: u8, title: String) {
        self.in_list = false;
        self.in_quote = false;
        self.paragraph = None;
        self.boundary(offset, BoundaryKind::Heading);
        self.found.headings.push(HeadingLine {
            offset,
            level,
            title,
        });
    }

    /// Any other line that is not indented.
    fn block(&mut self, line: &Line<'_>, after_blank: bool) {
        let is_item = line.is_list_item();
        let belongs_to_list = self.in_list && (is_item || !after_blank);
        if after_blank && !belongs_to_list && !line.continues_definition() {
            self.boundary(line.offset, BoundaryKind::Block);
        }
        let breaks_list = line.is_thematic_break() || line.opens_fence().is_some();
        self.in_list = is_item || (belongs_to_list && !breaks_list);
        if let Some((mark, length)) = line.opens_fence() {
            self.paragraph = None;
            self.state = State::Fence {
                mark,
                length,
                in_list: false,
            };
        } else if let Some(html) = Html::opened_by(line, self.paragraph.is_some()) {
            self.paragraph = None;
            if !html.ends_with(line) {
                self.state = State::Html(html);
            }
        } else if line.starts_with('>') {
            self.in_quote = true;
            self.paragraph = None;
        } else if self.in_list
            || self.in_quote
            || line.is_thematic_break()
            || line.starts_footnote()
        {
            self.paragraph = None;
        } else if let Some((_, title)) = &mut self.paragraph {
            title.push(' ');
            title.push_str(line.content);
        } else {
            self.paragraph = Some((line.offset, line.content.to_owned()));
        }
    }

    fn boundary(&mut self, offset: usize, kind: BoundaryKind) {
        if let Some(last) = self.found.boundaries.last_mut()
            && last.offset == offset
        {
            last.kind = kind;
        } else if offset > 0 {
            self.found.boundaries.push(Boundary { offset, kind });
        }
    }
}

#[cfg(test)]
mod tests;
