// What only facilitators read, in English: see ../en.ts, of which these words are a part.

import type { Message } from "../format";

export const facilitating = {
  "held.title": "Held back", // Menu and dialog of facilitators: work that the server keeps and did not put into the draft.
  "held.text":
    "What somebody wrote and was no longer allowed to write. The server keeps it; it is not in the draft until you admit it.", // Below the dialog's title.
  "held.waiting": { one: "{count} waiting", other: "{count} waiting" }, // In the menu, and said of its button.
  "held.more": {
    one: "{count} piece of work is held back and waits for a decision.",
    other: "{count} pieces of work are held back and wait for a decision.",
  }, // Said to facilitators when there is more than before; {count} is how many wait in all.
  "held.loading": "Reading what was held back…", // While it loads.
  "held.empty":
    "Nothing is held back. When somebody writes what they are not allowed to, such as offline after their role was lowered, it stands here.", // Empty list.
  "held.document.text": "in the text", // About held-back work: where it belongs.
  "held.document.discussion": "in the comments", // About held-back work: where it belongs.
  "held.document.other": "in the draft’s record", // About held-back work: where it belongs.
  "held.changes": { one: "{count} change", other: "{count} changes" }, // About held-back work.
  "held.received": "received {when}", // About held-back work; {when} is a time.
  "held.why.not-allowed": "Their link or role did not allow this change when it arrived.", // Why work was held back.
  "held.why.stage": "The draft was closed for changes before it arrived.", // Why work was held back.
  "held.why.foreign-actor": "It is marked as made by somebody else.", // Why work was held back.
  "held.why.foreign-entry": "It touches what others wrote in the comments.", // Why work was held back.
  "held.why.sequence-number": "It repeats or skips a part of its series, as after an old copy was restored.", // Why work was held back.
  "held.why.author-footer": "It names another author than the one who sent it.", // Why work was held back.
  "held.why.builds-on-refused": "It builds on other work that was held back.", // Why work was held back.
  "held.why.invalid": "It is damaged and cannot be applied.", // Why work was held back.
  "held.why.link-ended": "Their link had been withdrawn or had expired before it arrived.", // Why work was held back.
  "held.why.behalf": "It speaks for somebody else, for whom only a facilitator may enter something.", // Why work was held back.
  "held.why.other": "The server did not take it.", // Why work was held back, for a reason that this page does not know.
  "held.show": "What it would change", // Button that opens the difference, and the name of what it opens.
  "held.unreadable": "What it would change cannot be shown.", // When there is no difference to show; the server’s own words follow.
  "held.nothing": "It would change no words of the draft.", // When the difference is empty.
  "held.admit": "Admit", // Button: puts it into the draft.
  "held.decline": "Decline", // Button: leaves it out for good.
  "held.confirm.admit": "It goes into the draft as written, under the name of {name}, and everybody sees it at once.", // Before admitting; {name} is who wrote it.
  "held.confirm.decline": "It stays out of the draft for good. It is kept, and {name} can read your reason.", // Before declining; {name} is who wrote it.
  "held.why": "Reason", // Field: why it is declined.
  "held.reasonMissing": "Enter a reason: {name} can read it.", // When the field was left empty; {name} is who wrote it.
  "held.submit.admit": "Put it into the draft", // Button: confirms.
  "held.submit.decline": "Leave it out", // Button: confirms.
  "held.admitted": "It is in the draft.", // Said after admitting.
  "held.declined": "It stays out of the draft.", // Said after declining.
  "held.by.admitted": "Admitted by {name}.", // At work that was decided about; {name} is a facilitator.
  "held.by.declined": "Declined by {name}.", // At work that was decided about; {name} is a facilitator.
  "held.reason": "Reason: {reason}", // After who decided; in the facilitator’s words.
  "trail.title": "What was done", // Menu and dialog of facilitators: the audit trail.
  "trail.text": "Who joined, made links, set stages and decided, newest first. What was written is in the history.", // Below the dialog's title.
  "trail.loading": "Reading what was done…", // While it loads.
  "trail.csv": "Download as CSV", // Link: downloads the list for a spreadsheet.
  "trail.jsonl": "Download as JSON Lines", // Link: downloads the list for programs.
  "trail.file": "what-was-done", // Part of a file's name: letters and hyphens only.
  "trail.operator": "Whoever runs the server", // In place of a name.
  "trail.noTime": "time withheld", // In place of a time, for somebody who does not want to be named.
  "trail.draft-made": "Draft created", // What was done.
  "trail.joined": "Joined by a link: {role}", // What was done; {role} is the name of a role.
  "trail.wrote-first": "Began to write with a program of their own, as: {role}", // What was done, by somebody who came with another program than the editor; {role} is the name of a role.
  "trail.brought-back": "Brought back changes that the site had forgotten, of unknown authors: {changes}", // What was done after the site was restored from a backup; {changes} is their number.
  "trail.entry-written": "Own entry saved", // What was done.
  "trail.entry-erased": "Own entry erased", // What was done.
  "trail.entry-corrected": "Entry corrected: {name}", // What was done to somebody's entry.
  "trail.person-added": "Person added: {name}", // What was done.
  "trail.role-capped": "At most this role for {name}: {role}", // What was done; {role} is the most that the person may do now.
  "trail.role-free": "Role as the link allows again: {name}", // What was done: somebody's role is again what their link allows.
  "trail.merged": "Two entries made one: {name}", // What was done: two entries were of one person.
  "trail.link-made": "Link made: {role}", // What was done; {role} is the name of a role.
  "trail.link-changed": "Link changed", // What was done.
  "trail.link-revoked": "Link revoked: {role}", // What was done; {role} is the name of a role.
  "trail.personal-link-made": "Personal link made for another device", // What was done.
  "trail.stage-set": "Stage set: {stage}", // What was done; {stage} is the name of a stage.
  "trail.groups-set": "Stakeholder groups set: {groups}", // What was done; {groups} is a list.
  "trail.entry-hidden": "Comment hidden", // What was done.
  "trail.entry-shown": "Comment shown again", // What was done.
  "trail.milestone-cut": "Version named: {name}", // What was done; {name} is a version's name.
  "trail.quarantine-admitted": "Held-back work admitted", // What was done.
  "trail.quarantine-declined": "Held-back work declined", // What was done.
  "trail.handed-in": "Work handed in after a link had ended", // What was done.
  "trail.entered-for": "Comment entered for {name}", // What was done; {name} is who said it.
  "trail.draft-deleted": "Draft deleted", // What was done.
  "trail.draft-undeleted": "Draft brought back", // What was done.
  "trail.bundle-exported": "Whole draft downloaded as a bundle", // What was done.
  "groups.title": "Stakeholder groups", // Below the list of people, for facilitators: opens a form.
  "groups.help": "What people choose from when they join. Whoever is in a group that you remove stands without one.", // Below the heading.
  "groups.name": "Group {place}", // Name of a field, for those who hear the page; {place} is a number.
  "groups.unnamed": "the new group", // Stands in for a name in “Move {name} up”.
  "groups.up": "Move {name} up", // Button; {name} is a group.
  "groups.down": "Move {name} down", // Button; {name} is a group.
  "groups.remove": "Remove {name}", // Button; {name} is a group.
  "groups.add": "Add a group", // Button.
  "groups.save": "Save the groups", // Button.
  "groups.saved": "The groups are saved.", // Said after saving.
  "groups.names": "Every group needs a name, and no two the same.", // When the form was sent without.
} as const satisfies Record<string, Message>;
