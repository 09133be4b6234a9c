//! Help, versions, and the codes that scripts rely on.

use crate::harness::{check_exit, plenary, run, text};

#[test]
fn help_is_there_for_everything() {
    let home = tempfile::tempdir().unwrap();
    let output = run(plenary(home.path()).arg("--help"));
    check_exit(&output, 0);
    let all = text(&output.stdout);
    assert!(
        all.contains("Exit codes:") && all.contains("  4  "),
        "{all}"
    );
    for command in [
        "new", "sync", "history", "export", "import", "serve", "backup", "restore",
    ] {
        let output = run(plenary(home.path()).args([command, "--help"]));
        check_exit(&output, 0);
        assert!(
            text(&output.stdout).contains("Examples:"),
            "{command} has no examples"
        );
    }
}

#[test]
fn a_wrong_command_line_has_its_code() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["dance"][..],
        &[],
        &["sync"],
        &["export", "a.md"],
        &["sync", "--ours", "--theirs", "a", "b"],
    ] {
        check_exit(&run(plenary(home.path()).args(arguments)), 2);
    }
}
