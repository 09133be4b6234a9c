//! Every dependency has its line with its reason in docs/DEPENDENCIES.md, every line its dependency,
//! and every dependency of a crate a place where the crate uses it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::verdict;
use crate::report::Counts;
use crate::run::output_of;
use crate::workspace;

const LIST: &str = "docs/DEPENDENCIES.md";

/// Compares the manifests with the list, both ways and by ecosystem (one name can stand in two),
/// and the Rust manifests with the sources.
pub fn check() -> Result<Counts> {
    let list = std::fs::read_to_string(workspace::root().join(LIST))
        .with_context(|| format!("cannot read {LIST}"))?;
    let rust = rust_dependencies()?;
    let mut breaches = Vec::new();
    for (ecosystem, used) in [
        ("Rust", rust.names),
        ("Node", node_dependencies()?),
        ("Python", python_dependencies()?),
    ] {
        let listed = listed_names(&list, ecosystem);
        let missing = used.difference(&listed);
        breaches.extend(
            missing.map(|name| format!("`{name}` ({ecosystem}) is used and has no line in {LIST}")),
        );
        let stale = listed.difference(&used);
        breaches
            .extend(stale.map(|name| {
                format!("`{name}` ({ecosystem}) has a line in {LIST} and is not used")
            }));
    }
    breaches.extend(rust.idle);
    verdict(&breaches, "Dependencies and their reasons differ:")
}

/// Names in the first cell of the tables' rows, "| `name` | reason |", under the headings that
/// begin with the name of the ecosystem.
fn listed_names(list: &str, ecosystem: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_under = false;
    for line in list.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            is_under = heading.starts_with(ecosystem);
        }
        let name = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split_once('`'));
        if let (true, Some((name, _))) = (is_under, name) {
            names.insert(name.to_owned());
        }
    }
    names
}

/// What the Rust manifests name.
#[derive(Default)]
struct RustDependencies {
    /// Direct dependencies that come from a registry.
    names: BTreeSet<String>,
    /// What is named and used by nobody, in words.
    idle: Vec<String>,
}

/// Reads the manifests of the workspace and of the fuzz targets.
fn rust_dependencies() -> Result<RustDependencies> {
    let root = workspace::root();
    let files = workspace::project_files()?;
    let mut found = RustDependencies::default();
    let mut named = BTreeSet::new();
    collect_rust(&root, &files, &mut found, &mut named)?;
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).context("no Cargo.toml")?;
    for name in workspace_entries(&manifest) {
        if !named.contains(name) {
            found.idle.push(format!(
                "Cargo.toml: `{name}` is named for the workspace, and no crate takes it"
            ));
        }
    }
    let fuzz = root.join("fuzz");
    if fuzz.join("Cargo.toml").is_file() {
        collect_rust(&fuzz, &files, &mut found, &mut named)?;
    }
    Ok(found)
}

/// The names in `[workspace.dependencies]`.
fn workspace_entries(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with([' ', '#']))
}

fn collect_rust(
    folder: &Path,
    files: &[String],
    found: &mut RustDependencies,
    named: &mut BTreeSet<String>,
) -> Result<()> {
    let metadata = output_of(
        "cargo",
        &["metadata", "--no-deps", "--format-version", "1"],
        folder,
    )?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata gave no JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata names no packages")?;
    for package in packages {
        let source = source_of(package, files);
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(name) = dependency["name"].as_str() else {
                continue;
            };
            named.insert(name.to_owned());
            if !dependency["source"].is_null() {
                found.names.insert(name.to_owned());
            }
            let alias = dependency["rename"].as_str().unwrap_or(name);
            if !speaks_of(&source, &alias.replace('-', "_")) {
                let package = package["name"].as_str().unwrap_or_default();
                found.idle.push(format!(
                    "{package}: `{name}` is in Cargo.toml and in no source file"
                ));
            }
        }
    }
    Ok(())
}

/// All Rust sources of a package, one after the other.
fn source_of(package: &Value, files: &[String]) -> String {
    let root = workspace::root();
    let folder = package["manifest_path"]
        .as_str()
        .and_then(|manifest| Path::new(manifest).parent());
    let mut source = String::new();
    for path in files.iter().filter(|path| path.ends_with(".rs")) {
        let path = root.join(path);
        if folder.is_some_and(|folder| path.starts_with(folder)) {
            source.push_str(&std::fs::read_to_string(path).unwrap_or_default());
        }
    }
    source
}

/// Whether a crate's name stands in a source as a whole word.
fn speaks_of(source: &str, name: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    source.match_indices(name).any(|(at, _)| {
        !source[..at].ends_with(is_word) && !source[at + name.len()..].starts_with(is_word)
    })
}

/// Direct dependencies of every package.json.
fn node_dependencies() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for path in workspace::project_files()? {
        if path != "package.json" && !path.ends_with("/package.json") {
            continue;
        }
        let text = std::fs::read(workspace::root().join(&path)).with_context(|| path.clone())?;
        let package: Value =
            serde_json::from_slice(&text).with_context(|| format!("{path} is no JSON"))?;
        for kind in ["dependencies", "devDependencies"] {
            if let Some(found) = package[kind].as_object() {
                names.extend(found.keys().cloned());
            }
        }
    }
    Ok(names)
}

/// What every requirements.txt names.
fn python_dependencies() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for path in workspace::project_files()? {
        if path != "requirements.txt" && !path.ends_with("/requirements.txt") {
            continue;
        }
        let file = workspace::root().join(&path);
        let text = std::fs::read_to_string(file).with_context(|| path.clone())?;
        let packages = text.lines().filter_map(|line| line.split("==").next());
        names.extend(packages.map(|name| name.trim().to_owned()));
    }
    names.remove("");
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{listed_names, speaks_of, workspace_entries};

    #[test]
    fn rows_are_read_by_ecosystem_and_headings_are_not() {
        let list = "## Rust, shipped\n| name | why |\n| --- | --- |\n| `axum` | serves |\n`loose`\n## Node\n| `@a/b` | x |\n";
        assert_eq!(Vec::from_iter(listed_names(list, "Rust")), ["axum"]);
        assert_eq!(Vec::from_iter(listed_names(list, "Node")), ["@a/b"]);
    }

    #[test]
    fn a_name_counts_as_a_whole_word() {
        assert!(speaks_of("use rand_core::Rng;", "rand_core"));
        assert!(!speaks_of("use rand_core::Rng;", "rand"));
        assert!(!speaks_of("use my_rand::Rng;", "rand"));
    }

    #[test]
    fn the_workspace_names_its_dependencies_in_one_table() {
        let manifest = "[workspace]\nresolver = \"3\"\n[workspace.dependencies]\n# why\na = \"1\"\nb = { path = \"b\" }\n\n[profile.dev]\nc = 1\n";
        assert_eq!(Vec::from_iter(workspace_entries(manifest)), ["a", "b"]);
    }
}
