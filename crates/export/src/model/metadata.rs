//! What the front matter says about the report.

use serde::Serialize;

use crate::yaml::Yaml;

/// A person who made the report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Editor {
    /// Name as it is to be printed.
    pub name: String,
    /// Organisation.
    pub affiliation: Option<String>,
    /// Stakeholder group.
    pub group: Option<String>,
}

/// A date as typed; `2026`, `2026-11` and `2026-11-22` are understood, all else is printed as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceDate(pub String);

/// What the front matter says; what it does not say comes from the caller's options.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// Title.
    pub title: Option<String>,
    /// Second line of the title.
    pub subtitle: Option<String>,
    /// Working group or body that publishes the report.
    pub group: Option<String>,
    /// Editors.
    pub editors: Vec<Editor>,
    /// Authors, where the report names some beside or instead of editors.
    pub authors: Vec<Editor>,
    /// Version.
    pub version: Option<String>,
    /// Date.
    pub date: Option<SourceDate>,
    /// BCP 47 tag of the report's language.
    pub language: Option<String>,
    /// Other languages in the report, to tell languages of one script apart.
    pub languages: Vec<String>,
    /// Licence: its name or its address.
    pub licence: Option<String>,
    /// Status of this document, in words.
    pub status: Option<String>,
    /// Abstract, paragraphs parted by blank lines.
    pub summary: Option<String>,
    /// Keywords.
    pub keywords: Vec<String>,
    /// Address at which the report is published.
    pub url: Option<String>,
    /// DOI, document symbol or the like.
    pub identifier: Option<String>,
    /// Abbreviations: short form and long form, in the order typed.
    pub abbreviations: Vec<(String, String)>,
    /// `number-sections`; none means: unless the headings carry typed numbers.
    pub number_sections: Option<bool>,
    /// `toc`; none means: when there are at least three sections.
    pub contents: Option<bool>,
    /// `toc-depth`, 1 to 6.
    pub contents_depth: Option<u8>,
    /// `brackets: false` prints square brackets as they are.
    pub brackets: Option<bool>,
    /// Keys that are not ours, as typed.
    pub other: Vec<(String, Yaml)>,
}
