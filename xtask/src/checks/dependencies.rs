//! Every dependency has its line with its reason in docs/DEPENDENCIES.md, and every line its dependency.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::verdict;
use crate::report::Counts;
use crate::run::output_of;
use crate::workspace;

const LIST: &str = "docs/DEPENDENCIES.md";

/// Compares the manifests with the list, both ways.
pub fn check() -> Result<Counts> {
    let list = std::fs::read_to_string(workspace::root().join(LIST))
        .with_context(|| format!("cannot read {LIST}"))?;
    let listed = listed_names(&list);
    let mut used = rust_dependencies()?;
    used.extend(node_dependencies()?);
    used.extend(python_dependencies()?);
    let missing = used
        .difference(&listed)
        .map(|name| format!("`{name}` is used and has no line in {LIST}"));
    let stale = listed
        .difference(&used)
        .map(|name| format!("`{name}` has a line in {LIST} and is not used"));
    verdict(
        &missing.chain(stale).collect::<Vec<_>>(),
        "Dependencies and their reasons differ:",
    )
}

/// Names in the first cell of the tables' rows: "| `name` | reason |".
fn listed_names(list: &str) -> BTreeSet<String> {
    list.lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|rest| rest.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Direct dependencies of every package in the workspace that come from a registry.
fn rust_dependencies() -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let root = workspace::root();
    collect_rust(&root, &mut names)?;
    let fuzz = root.join("fuzz");
    if fuzz.join("Cargo.toml").is_file() {
        collect_rust(&fuzz, &mut names)?;
    }
    Ok(names)
}

fn collect_rust(folder: &std::path::Path, names: &mut BTreeSet<String>) -> Result<()> {
    let metadata = output_of(
        "cargo",
        &["metadata", "--no-deps", "--format-version", "1"],
        folder,
    )?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata gave no JSON")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata names no packages")?;
    for dependency in packages
        .iter()
        .filter_map(|package| package["dependencies"].as_array())
        .flatten()
    {
        if let (Some(name), false) = (dependency["name"].as_str(), dependency["source"].is_null()) {
            names.insert(name.to_owned());
        }
    }
    Ok(())
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
    use super::listed_names;

    #[test]
    fn rows_are_read_and_headings_are_not() {
        let names = listed_names(
            "| name | why |\n| --- | --- |\n| `axum` | serves |\n| `@a/b` | x |\n`loose`\n",
        );
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["@a/b", "axum"]);
    }
}
