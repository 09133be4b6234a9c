//! The programs that tests need beside Rust: found, installed where we may, named where we may not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{output_of, run, succeeds};
use crate::workspace;

/// The oldest Node that the tests run on.
const NODE: (u32, u32) = (20, 19);

/// Fails with what to install when Node is missing or too old. Never installs it: Debian's own is
/// too old, and which Node a machine has is for its owner to say.
pub fn require_node() -> Result<()> {
    let advice = format!(
        "install Node {}.{} or later (nodejs.org), with npm",
        NODE.0, NODE.1
    );
    let version = output_of("node", &["--version"], Path::new("."))
        .with_context(|| format!("Node is missing: {advice}"))?;
    if node_version(&version).is_none_or(|found| found < NODE) {
        bail!("Node {} is too old: {advice}", version.trim());
    }
    Ok(())
}

fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Brings `folder`'s Node packages to what its lock file says. Does nothing when they already are.
pub fn node_packages(folder: &Path) -> Result<()> {
    require_node()?;
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    // npm keeps a lock of its own in node_modules, but writes it in another order; a copy of ours
    // says without doubt what was installed last.
    let installed = folder.join("node_modules").join(".installed-lock.json");
    if std::fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder);
    run(&mut command).with_context(|| format!("npm ci in {}", folder.display()))?;
    std::fs::write(&installed, wanted)
        .with_context(|| format!("cannot write {}", installed.display()))
}

/// The Python of a virtual environment that holds what `requirements` names; makes it when it is not
/// there or the list has changed. `None` when this machine has no Python with `venv`.
pub fn python_packages(requirements: &Path) -> Result<Option<PathBuf>> {
    if !succeeds("python3", &["-m", "venv", "--help"]) {
        return Ok(None);
    }
    let wanted = std::fs::read(requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = workspace::target().join("tools/python");
    let python = folder.join("bin/python");
    let installed = folder.join(".installed-requirements");
    if python.is_file() && std::fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(Some(python));
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    run(&mut make).context("on Debian: sudo apt-get install -y python3-venv")?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(requirements);
    run(&mut install).context("the Python packages could not be installed")?;
    std::fs::write(&installed, wanted)
        .with_context(|| format!("cannot write {}", installed.display()))?;
    Ok(Some(python))
}

/// The browser that tests drive: `PLENARY_CHROMIUM`, else the first one found; installed from
/// Debian when we are root there.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("PLENARY_CHROMIUM") {
        return Ok(PathBuf::from(path));
    }
    let find = || {
        [
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ]
        .iter()
        .find_map(|name| in_path(name))
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    debian_package("chromium")?;
    find().context("Chromium was installed but is not in PATH; set PLENARY_CHROMIUM to it")
}

/// Sees to it that Java is there, for the Nu checker of HTML.
pub fn require_java() -> Result<()> {
    if succeeds("java", &["-version"]) {
        return Ok(());
    }
    debian_package("default-jre-headless")
}

/// Sees to it that pdftotext is there, by which tests read what was printed.
pub fn require_pdftotext() -> Result<()> {
    match in_path("pdftotext") {
        Some(_) => Ok(()),
        None => debian_package("poppler-utils"),
    }
}

/// Where cargo-deny is: in PATH, or where CI installs it.
pub fn cargo_deny() -> Option<PathBuf> {
    in_path("cargo-deny").or_else(|| {
        let installed = workspace::target().join("tools/bin/cargo-deny");
        installed.is_file().then_some(installed)
    })
}

/// The first file of this name in PATH.
pub fn in_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// A program of a Debian package: the one in PATH, else taken out of the package into the target
/// folder. The package is not installed, as that would start a server on this machine. `None` where
/// there are no such packages.
pub fn unpacked(package: &str, path: &str) -> Option<PathBuf> {
    if let Some(found) = in_path(package) {
        return Some(found);
    }
    let folder = workspace::target().join("tools/debian").join(package);
    let program = folder.join(path);
    if program.is_file() {
        return Some(program);
    }
    in_path("apt-get")?;
    in_path("dpkg-deb")?;
    std::fs::create_dir_all(&folder).ok()?;
    let download = || {
        let mut download = Command::new("apt-get");
        download
            .args(["download", "-qq", package])
            .current_dir(&folder);
        run(&mut download).is_ok()
    };
    // Without lists of packages there is nothing to download from; only root may fetch them.
    let is_here = download() || (succeeds("apt-get", &["update", "-qq"]) && download());
    if !is_here {
        return None;
    }
    let files = std::fs::read_dir(&folder).ok()?;
    let archive = files
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|file| file.extension().is_some_and(|kind| kind == "deb"))?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("--extract").arg(&archive).arg(&folder);
    run(&mut unpack).ok()?;
    program.is_file().then_some(program)
}

fn debian_package(name: &str) -> Result<()> {
    let debian = Path::new("/etc/debian_version").exists();
    let root = output_of("id", &["-u"], Path::new(".")).is_ok_and(|id| id.trim() == "0");
    if !debian {
        bail!("{name} is missing: install it with your system's package manager");
    }
    if !root {
        bail!("{name} is missing: sudo apt-get update && sudo apt-get install -y {name}");
    }
    println!("{name} is missing and we are root on Debian: installing it");
    for arguments in [
        vec!["update", "-qq"],
        vec!["install", "-y", "-qq", "--no-install-recommends", name],
    ] {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::node_version;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(node_version("v20.19.2\n"), Some((20, 19)));
        assert_eq!(node_version("nonsense"), None);
    }
}
