// All words of the interface, in English: British spelling, sentence case, no exclamation marks, no
// "please". The comment behind each is the note for translators. Words in {braces} are filled in.

import { facilitating } from "./facilitating/en";
import type { Message } from "./format";
import { writing } from "./writing/en";

export const en = {
  comma: ", ", // Between what belongs together on one line: an organisation and its group; names.
  "time.day": "{day}, {time}", // A time that is not today's; it stands where a clock time does: "Saved on the server at …".
  cancel: "Cancel", // Button: gives up what was being entered.
  close: "Close", // Button: closes a dialog or a message.
  done: "Done", // Button: closes a dialog in which everything is saved already.
  opening: "Opening the draft…", // While a draft loads.
  toStart: "To the start page", // Link behind the logo.
  tryAgain: "Try again", // Button after something failed.
  untitled: "Untitled", // Stands in for a title or heading without words.
  "skip.content": "Skip to the content", // First link of the page for keyboards and screen readers.
  "skip.text": "Skip to the text", // First link of the draft page.
  "notice.toStart": "Start page", // Link on pages that say what went wrong.
  "nowhere.title": "There is nothing here", // Page for an unknown address.
  "nowhere.text": "This address leads to no draft. Check that the link was copied completely.", // Page for an unknown address.
  "copy.copy": "Copy", // Button beside a link.
  "copy.copied": "Copied", // The button's words after copying.
  "copy.selected": "Selected. Copy it with your keyboard.", // Said when the browser has no clipboard.
  "copy.selectedShort": "Selected", // The button's words when the browser has no clipboard.
  "link.for": "Link: {role}", // Label of a field with a share link; {role} is the name of a role.
  "refused.offline": "The server cannot be reached. Nothing was changed; try again when you are connected.", // After a request that could not be sent.
  "refused.status": "The server refused with status {status}. Nothing was changed.", // {status} is an HTTP status such as 500.
  "role.viewer": "Read", // Name of a role, as what a link is for.
  "role.reviewer": "Review", // Name of a role.
  "role.editor": "Edit", // Name of a role.
  "role.facilitator": "Facilitate", // Name of a role.
  "role.viewer.allows": "Read the text as it stands, without its history. Safe to publish.", // What a role allows, for whoever hands the link out.
  "role.reviewer.allows": "Read the text and its history, and comment. For those whom you ask for comments.", // What a role allows.
  "role.editor.allows": "Change the text. For the people who write.", // What a role allows.
  "role.facilitator.allows":
    "Everything an editor may do, and run the draft: links, stages, versions. For you and your co-chairs.", // What a role allows.
  "may.viewer": "You may read the text.", // What the reader may do now.
  "may.reviewer": "You may read and comment.", // What the reader may do now.
  "may.editor": "You may edit and comment.", // What the reader may do now.
  "may.facilitator": "You may edit, comment and run the draft.", // What the reader may do now.
  "may.final": "The draft is final: you may read it.", // What anybody may do once the draft is final.
  "stage.drafting": "Drafting", // Name of a stage.
  "stage.review": "Public review", // Name of a stage.
  "stage.settling": "Settling", // Name of a stage: comments are answered, open points settled.
  "stage.final": "Final", // Name of a stage.
  "stage.closes": "closes {when}", // After the name of a stage; {when} is a day and time with UTC.
  "stage.changed": "The stage is now: {stage}.", // Said after the facilitator changed the stage.
  "stage.unavailable": "This server cannot change stages yet. Nothing was changed.", // When the server is older than the page.
  "group.governments": "Governments", // A stakeholder group.
  "group.business": "Private sector", // A stakeholder group.
  "group.civil-society": "Civil society", // A stakeholder group.
  "group.technical": "Technical community", // A stakeholder group.
  "group.academia": "Academia", // A stakeholder group.
  "group.intergovernmental": "Intergovernmental organisations", // A stakeholder group.
  "group.other": "Other", // A stakeholder group.
  "join.what": "A working group writes this text together.", // On the card for joining; followed by what the person may do.
  "join.name": "Your name", // Field.
  "join.nameMissing": "Enter the name by which the group knows you, or continue as a guest.", // When the form was sent without a name.
  "join.affiliation": "Organisation (optional)", // Field.
  "join.group": "Stakeholder group", // Field with a list.
  "join.noGroup": "Not stated", // First choice of the list of stakeholder groups.
  "join.credit": "In the list of contributors", // Heading of three choices.
  "join.credit.by-name": "Name me", // Choice of credit.
  "join.credit.organisation": "Name my organisation only", // Choice of credit.
  "join.credit.anonymous": "Do not name me", // Choice of credit.
  "join.submit": "Join the draft", // Button.
  "join.guest": "Continue as a guest", // Button: joins without saying anything.
  "join.privacy":
    "Your name is kept by the server, not in the text. You can correct or erase it at any time under “People”.", // On the card for joining.
  "join.privacy.reader":
    "Your name is kept by the server, not in the text. You can correct or erase it here at any time.", // On the card in which readers say who they are.
  "join.leave": "Erase my entry", // Button on that card: takes back name, organisation and group.
  "join.left": "Your entry is erased.", // Said after the button.
  "start.pageTitle": "Start a draft", // Title of the browser's tab.
  "start.heading": "Start a draft", // Heading of the start page.
  "start.title": "Title of the new draft", // Field.
  "start.titleMissing": "A draft needs a title.", // When the form was sent without a title.
  "start.ways": "Begin with", // Heading of three choices.
  "start.way.template": "A report template", // Choice.
  "start.way.template.text": "The chapters of a best-practices report, with guidance", // Explains the choice.
  "start.way.file": "Your own text", // Choice.
  "start.way.file.text": "A Markdown or Word file, a draft kept as a bundle, or text that you paste", // Explains the choice.
  "start.way.empty": "An empty page", // Choice.
  "start.way.empty.text": "Nothing but the title", // Explains the choice.
  "start.language": "Language of the draft", // Field: in which language the template comes and the draft is written.
  "start.choose": "Choose a file", // Button.
  "start.dropHere": "or drop one here", // Beside the button that chooses a file.
  "start.text": "Text of the draft, in Markdown", // Field.
  "start.textMissing": "There is no text yet. Choose a file, paste text, or begin with an empty page.", // When the form was sent without a text.
  "start.tooLarge": "“{name}” is too large: a draft holds up to 5 MB of text. Choose a smaller file, or divide it.", // {name} is a file's name.
  "start.notText": "“{name}” could not be read as UTF-8 text. Save it as UTF-8 and choose it again.", // {name} is a file's name.
  "start.word":
    "“{name}” is a word processor’s file, which this server cannot read. Save it as Markdown or as plain text (UTF-8) and choose that; or begin with an empty page, copy the text in Word and paste it: headings, lists, tables and footnotes are kept.", // {name} is a file's name.
  "start.wordOld":
    "“{name}” is a file that cannot be read here. Save it as a Word document (.docx), as Markdown or as plain text (UTF-8), and choose that.", // {name} is a file's name, such as one that ends in .doc or .odt.
  "start.wordConverting": "Reading “{name}”…", // While the server converts a Word file.
  "start.wordConverted":
    "Read from “{name}”: the draft begins with the text below. Tracked changes are accepted; comments are left out.", // Above the converted text.
  "start.wordPictures": {
    one: "{count} picture was left out; its description stands in its place.",
    other: "{count} pictures were left out; their descriptions stand in their place.",
  }, // After the sentence about the converted text.
  "start.wordDamaged":
    "“{name}” is not a Word document that can be read: it may be damaged, protected by a password, or of another kind. Open it in Word, save it as .docx, and choose it again.", // Refusal.
  "start.wordTooLarge":
    "“{name}” is too large: the server reads Word files of up to {megabytes} MB. Take pictures out, or divide it.", // Refusal.
  "start.wordFailed": "“{name}” could not be converted. Copy the text in Word and paste it into the field below.", // Refusal.
  "start.wordBusy": "The server is busy converting other files. Choose “{name}” again in a moment.", // Refusal.
  "start.wordContinue": "Read the Word file", // Button: in place of “Create draft” while a Word file waits for the site secret.
  "start.secret": "Site secret", // Field.
  "start.secretHelp":
    "This server creates drafts only for those who know its site secret. Whoever runs it saw the secret when it first started.", // Below the field.
  "start.secretNeeded": "This server asks for its site secret before it creates a draft.", // Refusal.
  "start.secretWrong": "That is not the site secret of this server. Nothing was created.", // Refusal.
  "start.unreachable":
    "The server cannot be reached. Your title and text are still on this page; try again when you are connected.", // Refusal.
  "start.kept": "Nothing was created, and your text is still on this page.", // After the server's own words.
  "start.create": "Create draft", // Button.
  "start.creating": "Creating the draft…", // The button while it works.
  "made.overline": "Draft created", // Above the title of the new draft.
  "made.open": "Open the draft", // Link.
  "made.another": "Start another draft", // Button.
  "made.keep":
    "The links are the only key to this draft: there are no accounts, and nobody can send a lost link again. Keep them where your group keeps its papers, and give each person the link for what they are to do.", // Above the links of a new draft.
  "drafts.title": "Drafts on this device", // Heading of a list.
  "drafts.opened": "opened {when}", // {when} is such as "3 minutes ago".
  "drafts.forget": "Forget", // Button: takes a draft off this device's list.
  "drafts.forgotten": "Forgotten on this device: link, text and key. The draft itself is untouched.", // Said after the button.
  "forget.title": "Forget this draft on this device", // Dialog.
  "forget.text":
    "The link, the copy of the text and the key are removed from this browser. The draft itself stays on the server: to open it again you need its link.", // In the dialog.
  "forget.onlyRescues": "Only changes that the server did not take are still on this device.", // About a draft that was forgotten but for these.
  "forget.waiting": {
    one: "{count} change made here has not reached the server. It would be lost. Open the draft while you are connected to send it, or download it.",
    other:
      "{count} changes made here have not reached the server. They would be lost. Open the draft while you are connected to send them, or download them.",
  }, // Warning in the dialog.
  "forget.open": "Open the draft", // Link: to send what waits.
  "forget.download": "Download the text with these changes", // Button.
  "forget.unknown": "This browser does not say what it keeps of the draft.", // In the dialog, when the browser’s storage cannot be read.
  "forget.withRescues": "Remove these changes, too", // Tick: changes that the server did not take.
  "forget.links":
    "This browser made the draft and keeps its links. Nobody can send a lost link again: make sure that your group has them.", // Warning in the dialog, above the links.
  "forget.submit": "Forget the draft", // Button.
  "forget.submitLosing": {
    one: "Forget the draft and lose {count} change",
    other: "Forget the draft and lose {count} changes",
  }, // Button, when changes have not reached the server.
  "forget.open-elsewhere": "The draft is open in another tab. Close it there, then forget it. Nothing was removed.", // Refusal.
  "forget.cannot-remove":
    "This browser did not let the copy be removed. Clear its data for this site instead. Nothing was removed.", // Refusal.
  "forget.cookie-stays":
    "The link and the text are removed. The key is still in a cookie, which only the server can take away, and it could not be asked: clear the cookies of this site, or wait 30 days.", // After forgetting without the server.
  "drafts.help":
    "This list, the links and the copies of the texts are kept in this browser only. “Forget” removes them for one draft; clearing the browser’s data removes them all.", // Below the list.
  "settings.device": "language and appearance", // For screen readers, after the language's name.
  "settings.language": "Language", // Menu heading: of the interface.
  "settings.unreviewed": "Translation not yet reviewed", // Beside a language, until somebody who works in it has read the translation.
  "settings.theme": "Appearance", // Menu heading.
  "settings.theme.system": "As the system", // Light or dark as the system says.
  "settings.theme.light": "Light", // Appearance.
  "settings.theme.dark": "Dark", // Appearance.
  "settings.title": "Draft settings", // Dialog.
  "settings.draftLanguage": "Language of the text", // Field.
  "settings.draftLanguage.help": "For spelling and for the exported report.", // Below the field.
  "settings.licence": "Licence", // Field: under which the text is published, such as CC BY 4.0.
  "settings.stage": "Stage", // Field.
  "settings.closes": "Review closes (in your time)", // Field with day and time.
  "settings.setStage": "Change the stage", // Button.
  "titlePage.title": "Title page", // Dialog and menu.
  "titlePage.help": "What the report says of itself. Empty fields are left out.", // Below the dialog's title.
  "titlePage.reportTitle": "Title of the report", // Field.
  "titlePage.subtitle": "Subtitle", // Field.
  "titlePage.group": "Published by", // Field: the group or institution.
  "titlePage.editors": "Editors", // Heading of a list of people.
  "titlePage.name": "Name", // Field of a person.
  "titlePage.affiliation": "Organisation", // Field of a person.
  "titlePage.editorName": "Name of editor {number}", // Name of a field.
  "titlePage.editorAffiliation": "Organisation of editor {number}", // Name of a field.
  "titlePage.editorRemove": "Remove editor {number}", // Button.
  "titlePage.editorAdd": "Add an editor", // Button.
  "titlePage.version": "Version", // Field.
  "titlePage.date": "Date", // Field.
  "titlePage.asSettings": "As in the draft’s settings: {language}", // First choice of a list of languages.
  "titlePage.licence": "Licence", // Field: under which the report is published.
  "titlePage.status": "Status of the document", // Field, such as “Draft for public review”.
  "titlePage.abstract": "Summary", // Field with several paragraphs.
  "titlePage.abstract.help": "An empty line begins a new paragraph.", // Below the field.
  "titlePage.keywords": "Keywords", // Field.
  "titlePage.keywords.help": "With commas between them.", // Below the field.
  "titlePage.locked":
    "Some fields were written by hand in a way that this form cannot show. They stay as they are; change them in the text.", // In the dialog.
  "titlePage.save": "Save the title page", // Button.
  "titlePage.saved": "The title page is in the text.", // Said after saving.
  "titlePage.faulty":
    "The title page was written by hand and cannot be read. Mend the lines below in the text, then open this form again. Nothing was changed.", // In the dialog.
  "titlePage.line": "Line {line}:", // Before what is wrong there.
  "titlePage.show": "Show it in the text", // Button.
  "titlePage.fault.colon":
    'There are two colons. Put the words after the first one in quotation marks: title: "One: two".', // What is wrong and what to do.
  "titlePage.fault.unclosed": "A quotation mark or a bracket is opened and not closed. Add the missing one.", // What is wrong and what to do.
  "titlePage.fault.tab": "The line begins with a tab. Use spaces instead.", // What is wrong and what to do.
  "titlePage.fault.indent":
    "The line does not fit the one above: every entry is a name, a colon, a space and its words, and all begin at the same column.", // What is wrong and what to do.
  "titlePage.fault.twice": "This entry stands twice. Remove one of the two.", // What is wrong and what to do.
  "titlePage.fault.shape": "The lines between the dashes have to be entries such as title: Words.", // What is wrong and what to do.
  "titlePage.fault.other": "This line cannot be read. Put its words in quotation marks.", // What is wrong and what to do.
  "closed.no-link": "This draft opens with a link", // Title of a page.
  "closed.no-link.text":
    "The address was opened without the part behind the # sign, and this browser has no key to the draft. Open the whole link that you were sent.", // Page text.
  "closed.bad-link": "This link is not valid", // Title of a page.
  "closed.bad-link.text":
    "It may have been withdrawn or have expired, or was not copied completely. Ask the facilitator of the draft for a new one.", // Page text.
  "closed.handed.taken":
    "What you had written here, and was not saved on the server, was handed to the facilitators. They decide whether it goes into the draft.", // On the page that says that a link is not valid.
  "closed.handed.later":
    "What you had written here is kept on this device. It could not be handed to the facilitators now: open this page again later.", // The same.
  "closed.handed.refused":
    "What you had written here is kept on this device. The server does not take it any more: download it and send it to a facilitator.", // The same, with a button for downloading it.
  "closed.gone": "There is no such draft here", // Title of a page.
  "closed.gone.text": "It may have been deleted, or the link belongs to another server.", // Page text.
  "closed.unreachable": "The server cannot be reached", // Title of a page.
  "closed.unreachable.text":
    "This draft was not opened on this device before, so there is no copy to show. Try again when you are connected.", // Page text.
  "closed.other": "The draft could not be opened", // Title of a page.
  "closed.other.text": "The server answered, but not with the draft. Nothing was changed.", // Page text.
  "cannot.not-found": "There is no such draft here", // Title of a page.
  "cannot.not-found.text": "It may have been deleted, or the link belongs to another server.", // Page text.
  "cannot.revoked": "This link was withdrawn", // Title of a page.
  "cannot.revoked.text": "Ask the facilitator of the draft for a new one.", // Page text.
  "cannot.unauthorised": "This link is not valid", // Title of a page.
  "cannot.unauthorised.text": "Ask the facilitator of the draft for a new one.", // Page text.
  "cannot.replaced": "The draft is open elsewhere", // Title of a page.
  "cannot.replaced.text": "Another window of yours took over. Continue there, or open the draft here again.", // Page text.
  "cannot.protocol": "The server did not understand this page", // Title of a page.
  "cannot.protocol.text": "Reload the page. What you wrote is kept on this device.", // Page text.
  "cannot.offline": "The server cannot be reached", // Title of a page.
  "cannot.offline.text": "This device has no complete copy of the draft yet. Try again when you are connected.", // Page text.
  "cannot.too-old": "This page is older than the draft", // Title of a page.
  "cannot.too-old.text": "Reload the page to get the newer editor. What you wrote is kept on this device.", // Page text.
  "cannot.unreadable": "The draft could not be opened", // Title of a page.
  "cannot.unreadable.text":
    "Its data arrived, but this page cannot read it. Nothing was changed. Tell whoever runs the server what stands below.", // Page text.
  "reader.markdown": "Download as Markdown", // Link on the reading page.
  "reader.frame": "Text of the draft", // Name of the frame with the text.
  "reader.newer": "The draft has changed since you opened it.", // Notice at the lower edge.
  "reader.show": "Show the latest", // Button.
  "reader.name": "Say who you are", // Button on the reading page: opens the form with name, organisation and group.
  "title.label": "Title of the draft", // Field in the top bar.
  "menu.title": "Menu", // Button.
  "menu.view": "View", // Menu heading.
  "menu.source": "Show the Markdown", // Menu: source mode.
  "menu.preview": "Preview of the report beside the text", // Menu.
  "menu.quiet": "Quiet mode", // Menu.
  "menu.quiet.text": "Hides other people’s cursors", // Explains quiet mode.
  "people.title": "People", // Dialog and menu.
  "people.you": "You", // Stands for the reader's own name.
  "people.onlyYou": "Only you", // When nobody else is here.
  "people.someone": "Somebody", // When it is not known who.
  "people.guest": "Guest {sign}", // Somebody without a name; {sign} tells guests apart.
  "people.former": "A former participant", // Somebody who erased their entry.
  "people.withheld": "A participant (name withheld)", // Somebody who does not want to be named.
  "people.here": { one: "{count} person is here", other: "{count} people are here" }, // Button in the top bar.
  "people.hereNow": "Here now", // Menu heading.
  "people.away": "away", // After a name: the page is not looked at.
  "people.follow": "Follow", // Menu: keep the view where somebody works.
  "people.following": "Following", // Menu: the view follows this person.
  "follow.begun": "Following {name}", // While the view goes where somebody's window is; {name} is that person.
  "follow.ended": "No longer following {name}", // Said when that ends.
  "follow.stop": "Stop following", // Button.
  "people.all": "All people and your own entry", // Menu.
  "people.isHere": "here now", // Beside a name.
  "people.nobody": "Nobody else has joined yet.", // Empty list.
  "people.yourself": "Your own entry", // Heading of a form.
  "people.save": "Save your entry", // Button.
  "people.saved": "Saved on the server.", // After the button.
  "people.savedHere": "Kept on this device: this server does not keep a list of people yet.", // After the button.
  "people.unavailable": "This server does not keep a list of people yet: others see you as a guest.", // In the dialog.
  "entry.behalf": "I speak on behalf of an organisation", // Choice in the form about oneself.
  "entry.behalfOf": "On behalf of", // Field: which organisation.
  "entry.withheld": "Tell nobody who I am", // Choice in the form about oneself.
  "entry.withheld.help":
    "Others read “A participant (name withheld)”, and not when you write. Only who runs the server can see your entry.", // Below that choice.
  "entry.more": "More about how you appear", // Opens what few people change in the form about oneself: how one is credited, for whom one speaks, whether one is named.
  "people.more": "More about how they appear", // The same in a facilitator’s form about somebody else.
  "people.device": "Continue on another device", // Heading in the dialog of people.
  "people.device.help":
    "This link makes another device you. Open it there before you join; whoever has it writes in your name.", // Below that heading.
  "people.device.make": "Make a personal link", // Button.
  "people.device.link": "Your personal link", // Label of a field with a link.
  "people.name": "Name", // Field: somebody else’s name.
  "people.behalf": "Speaks on behalf of an organisation", // Choice in the form about somebody else.
  "people.credit.by-name": "By name", // Choice of credit, for somebody else.
  "people.credit.organisation": "By organisation only", // Choice of credit, for somebody else.
  "people.credit.anonymous": "Not named", // Choice of credit, for somebody else.
  "people.menu": "About {name}", // Button beside a person that opens a menu, for those who hear the page.
  "people.limited": "{role} (limited by a facilitator)", // Beside a name, for facilitators: what somebody may do at most; {role} is “Read”, “Review”….
  "people.add": "Add a person…", // Button below the list of people.
  "people.add.title": "Add a person", // Dialog.
  "people.add.help":
    "For somebody who takes part by mail or in a meeting. They then stand in the list of people; they are given no link.", // In the dialog.
  "people.add.submit": "Add", // Button.
  "people.add.done": "{name} is added.", // Said after adding a person.
  "people.nameMissing": "Enter a name.", // When the form for a new person was sent without a name.
  "people.correct": "Correct the entry…", // Menu of a person.
  "people.correct.title": "Correct the entry", // Dialog.
  "people.correct.help":
    "The audit trail of the draft notes that you corrected it. How they are credited, and whether they are named at all, is theirs to say.", // In the dialog.
  "people.correct.submit": "Save the entry", // Button.
  "people.correct.done": "The entry of {name} is corrected.", // Said after correcting it.
  "people.role": "Change what they may do…", // Menu of a person.
  "people.role.title": "Change what they may do", // Dialog.
  "people.role.most": "What {name} may do at most", // Heading of choices.
  "people.role.link": "Everything that their link allows", // Choice: no limit.
  "people.role.editor": "Write, but not run the draft", // Choice: at most the role “Edit”.
  "people.role.reviewer": "Read and comment", // Choice: at most the role “Review”.
  "people.role.viewer": "Only read", // Choice: at most the role “Read”.
  "people.role.help":
    "This holds at once and on all their devices, and never allows more than their link. What they are writing at that moment and may no longer send is kept for them on their device.", // In the dialog.
  "people.role.submit": "Save", // Button.
  "people.role.done": "Limit set for {name}: {role}.", // Said after a limit was set; {role} is “Read”, “Review”….
  "people.role.lifted": "{name} may do what their link allows.", // Said after the limit was taken back.
  "people.same": "Same person as…", // Menu of a person who came twice.
  "people.same.title": "Two entries, one person", // Dialog.
  "people.same.text":
    "What {name} wrote and writes then stands under the entry that you choose. Its name and its limits hold for both. This cannot be undone.", // In the dialog.
  "people.same.into": "{name} is the same person as", // Label of a list of people.
  "people.same.choose": "Choose a person", // First choice of that list.
  "people.same.missing": "Choose who it is.", // When nobody was chosen.
  "people.same.submit": "Make them one person", // Button.
  "people.same.done": "{name} and {other} are one person now.", // Said after that.
  "people.erase": "Erase the entry…", // Menu of a person.
  "people.erase.title": "Erase the entry", // Dialog.
  "people.erase.text":
    "What the server keeps of {name} is erased: name, organisation and group, on all their devices. It cannot be brought back.", // In the dialog.
  "people.erase.stays":
    "What they wrote stays. Its author is called “{former}” from then on. Their link still opens the draft, and they can write another entry.", // In the dialog; {former} is what former participants are called.
  "people.erase.submit": "Erase the entry", // Button.
  "people.erase.done": "The entry of {name} is erased.", // Said after that.
  "people.refused.field":
    "The server does not take one of these fields: each is one line of at most 200 characters that can be seen. Nothing was changed.", // Refusal.
  "people.refused.gone": "This person is no longer in the list. Nothing was changed; close the dialog and look again.", // Refusal.
  "people.refused.role": "You no longer run this draft: only facilitators may do this. Nothing was changed.", // Refusal.
  "people.refused.add": "The list holds as many people as this server allows. Nobody was added.", // Refusal.
  "people.refused.correct": "This entry was erased meanwhile: only the person can write another. Nothing was changed.", // Refusal.
  "people.refused.same":
    "These two cannot be made one: they are one person already, or who is to go asked not to be named. Nothing was changed.", // Refusal.
  "comments.title": "Comments", // Name of the margin.
  "comments.empty": "No comments yet. Select words and choose “Comment”.", // Empty margin.
  "comments.showSettled": { one: "Show {count} settled", other: "Show {count} settled" }, // Button: comments that are settled.
  "comments.hideSettled": "Hide settled", // Button.
  "comments.loose": "Without a place in the text", // Heading above comments whose passage was deleted.
  "comment.add": "Comment", // Tool: comments on the selection.
  "comment.new": "Your comment", // Field.
  "comment.submit": "Add comment", // Button.
  "comment.added": "Comment added.", // Said.
  "comment.refused":
    "The server does not know you yet, so the comment could not be added. It is still here: try again in a moment.", // When a comment could not be made.
  "comment.by": "Comment by {name}", // Name of a comment for screen readers.
  "comment.numbered": "Comment {number}, by {name}", // Name of a comment for screen readers.
  "comment.reply": "Reply", // Button and field.
  "comment.sendReply": "Send reply", // Button.
  "comment.replied": "Reply added.", // Said.
  "comment.replies": { one: "{count} reply", other: "{count} replies" }, // In a folded comment.
  "comment.settle": "Mark as settled", // Button.
  "comment.settled": "Marked as settled.", // Said.
  "comment.markedSettled": "Marked this as settled.", // In a thread, after a name.
  "comment.reopen": "Reply and reopen", // Button at a settled comment.
  "comment.edit": "Edit", // Button at one's own comment.
  "comment.edited": "edited", // After the time of a comment.
  "comment.enteredFor": "Entered for", // Label of a choice of people, at a comment that a facilitator writes: who says it.
  "comment.forMyself": "myself", // The first choice: the comment is the facilitator’s own.
  "comment.enteredBy": "entered by {name}", // Beneath the name of who says it; {name} wrote it down for them.
  "comment.save": "Save", // Button.
  "comment.withdraw": "Withdraw", // Button at one's own comment.
  "comment.withdrawn": "Withdrawn by its author.", // In place of a comment's words.
  "comment.withdrawnSaid": "Comment withdrawn.", // Said.
  "comment.orphaned": "The passage was deleted.", // At a comment.
  "comment.pending": "The passage has not arrived on this device yet.", // At a comment.
  "comment.changed": "The passage has changed since.", // At a comment.
  "share.title": "Share", // Button and dialog.
  "share.text": "Whoever has a link may do what its role allows.", // Below the dialog's title.
  "share.role": "What the link allows", // Heading of choices.
  "share.label": "Label (optional)", // Field.
  "share.group": "Group proposed on joining", // Field: the stakeholder group that stands in the form of whoever opens the link.
  "share.noGroup": "None", // First choice of that field.
  "share.most": "Number of people", // Field: how many people may join by the link.
  "share.noMost": "Unlimited", // In that field while it is empty.
  "share.mostWrong": "Enter a whole number of people from 1 to {most}, or leave the field empty.", // When the field holds anything else.
  "share.ends": "Expires", // Field.
  "share.never": "Never", // Choice.
  "share.days": { one: "In {count} day", other: "In {count} days" }, // Choice.
  "share.make": "Make a link", // Button.
  "share.made": "The link is ready to copy.", // Said.
  "share.once": "{role}: this link is shown only now. Copy it and send it.", // Above a new link.
  "share.given": "Links given out", // Heading.
  "share.created": "made {when}", // About a link.
  "share.uses": { one: "used {count} time", other: "used {count} times" }, // About a link.
  "share.usesOf": "{count} of {most} used", // About a link that so many people may join by.
  "share.usedUp": "used up: {count} of {most}", // About a link that lets nobody new in.
  "share.expires": "expires {when}", // About a link.
  "share.expired": "expired", // About a link.
  "share.revoked": "revoked {when}", // About a link.
  "share.revoke": "Revoke", // Button.
  "share.revokedSaid": "The link no longer opens the draft.", // Said.
  "share.keep": "As now: {when}", // First choice of the field for when a link expires, while its terms are changed; {when} is a day and a time.
  "share.change": "Change", // Button beside a link: opens its terms; the link’s name follows for those who hear it.
  "share.changeTitle": "Terms of the link", // Name of the form, for screen readers.
  "share.changeHelp": "The address stays the same. Whoever has joined stays in the draft until the link expires.", // In the form.
  "share.changed": "The terms of the link are changed.", // Said.
  "share.unavailable":
    "This server cannot make or revoke single links yet. The links below were made with the draft and stay valid.", // In the dialog.
  "share.first": "Links made with the draft", // Heading.
  "share.firstHelp": "They are kept in this browser, because the draft was created here.", // Below the links.
  "export.title": "Export", // Button and menu.
  "export.markdown": "Markdown", // Format.
  "export.markdown.text": "The text as it was typed", // Explains a format.
  "export.html": "Web page (HTML)", // Format.
  "export.html.text": "The finished report in one file, for reading and printing", // Explains a format.
  "export.bundle": "Bundle (.plenary)", // Format.
  "export.bundle.text": "The whole draft with its history, to keep or move", // Explains a format.
  "export.print": "Print the text", // Menu.
  "history.title": "History", // Button and dialog.
  "history.text": "What changed between two moments, and by whom.", // Below the dialog's title.
  "history.loading": "Reading the history…", // While it loads.
  "history.empty": "There is only one version so far.", // When there is no history.
  "history.slider": "The two moments to compare", // Name of the slider.
  "history.from": "Earlier moment", // Handle of the slider.
  "history.to": "Later moment", // Handle of the slider.
  "history.between": "From {from} to {to}", // Below the slider; each is a day and time, or a version's name; {to} may be "now".
  "history.now": "now", // In "From … to now".
  "history.points": "Versions and days", // Name of a list.
  "history.comparison": "What changed", // Name of the text.
  "history.unknown": "This device does not have that version.", // When a version is missing.
  "history.same": "Nothing changed in the text between these two moments.", // Empty comparison.
  "history.unchanged": { one: "{count} paragraph without changes", other: "{count} paragraphs without changes" }, // Button that unfolds them.
  "history.addedBy": "Added by {name}:", // For screen readers, before added words.
  "history.removedBy": "Removed by {name}:", // For screen readers, before removed words.
  "history.bringBack": "Bring this passage back", // Tooltip.
  "history.bringBackShort": "Bring back", // Small button after removed words.
  "history.passageRestored": "The passage is back in the text.", // Said.
  "history.restoreVersion": "Restore the text of {when}", // Button; {when} is a day and time, or a version's name.
  "history.confirm": "The text becomes what it was at {when}. What was written since stays in the history.", // Before restoring.
  "history.restore": "Restore", // Button.
  "history.restored": "Restored as a new change.", // Said.
  "authors.title": "Who wrote this passage", // Button, and title of the dialog that it opens.
  "authors.selected": "What you selected, in the order of the text.", // Below the title, when something was selected.
  "authors.paragraph":
    "The paragraph with the cursor, in the order of the text. For other passages, select them first.", // Below the title, when nothing was selected.
  "authors.empty": "There are no words here. Select a passage, or put the cursor into a paragraph.", // Instead of the list.
  "authors.parts": "Parts of the passage and their authors", // Name of the list, for screen readers.
  "authors.said": "Written by {names}.", // Said when the list is there; {names} is a list of people.
  "authors.first": "As the draft was created", // In place of a name, over words that stood in the draft from the beginning.
  "authors.between": "{from} to {to}", // From one time to another.
  "authors.more": "Show more", // Button below a long list.
  "authors.hint": "What is selected in the text, or the paragraph with the cursor.", // Beside the button in the dialog of the history.
  ...facilitating,
  ...writing,
  "remove.title": "Delete the draft", // Menu and dialog.
  "remove.text":
    "Nobody can open the draft any more. It can be brought back for some days; then it is erased for good.", // Dialog.
  "remove.keep": "Download the draft with its history first", // Link.
  "remove.type": "To confirm, type the title: {title}", // Field.
  "remove.submit": "Delete the draft", // Button.
  "remove.done": "The draft is deleted. It can still be brought back.", // After deleting.
  "remove.undo": "Bring it back", // Button.
  "remove.unavailable": "This server cannot delete drafts yet. Nothing was changed.", // Refusal.
  "status.title": "Saving and length", // Name of the status line.
  "status.saving": "Saving…", // Status line: typed just now, not yet written to this device.
  "status.opening": "Opening…", // Status line.
  "status.saved": "Saved on the server at {time}", // Status line. {time} is a clock time. Only when it is true.
  "status.syncing": "Saved on this device, comparing with the server", // Status line.
  "status.sending": {
    one: "Saved on this device, sending {count} change",
    other: "Saved on this device, sending {count} changes",
  }, // Status line.
  "status.waiting": {
    one: "Saved on this device, {count} change waiting for the connection.",
    other: "Saved on this device, {count} changes waiting for the connection.",
  }, // Status line, after the state of the connection.
  "status.offline": "Offline.", // Status line: the device has no network.
  "status.reconnecting": "Reconnecting…", // Status line.
  "status.nextTry": { one: "Not connected, next try in {count} s.", other: "Not connected, next try in {count} s." }, // Status line; s are seconds.
  "status.tryNow": "Try now", // Button in the status line.
  "status.keepOpen": {
    one: "Keep this page open: {count} change is nowhere else.",
    other: "Keep this page open: {count} changes are nowhere else.",
  }, // Status line, after why.
  "status.unsaved.refused": "This browser keeps nothing (private mode?).", // Status line.
  "status.unsaved.full": "This device’s storage is full.", // Status line.
  "status.unsaved.failed": "This device could not save.", // Status line.
  "status.noCopy": "What you write goes to the server and is not kept here.", // Status line, after why this device keeps nothing, while the server has everything.
  "status.refused": "The server did not take some of your changes. They are kept on this device: download them.", // Status line.
  "status.handing":
    "You may no longer write in this draft. What you wrote is kept on this device and is being handed to the facilitators.", // Status line: while that goes on.
  "status.handed":
    "You may no longer write in this draft. What you wrote was handed to the facilitators: they decide whether it goes in.", // Status line, with a button for downloading it.
  "status.readOnly.stage": "Read only: the draft is final", // Status line.
  "status.readOnly.role": "Read only: your link lets you read and comment", // Status line.
  "status.gone.not-found": "The draft is no longer on the server. Download your copy.", // Status line.
  "status.gone.revoked": "Your link was withdrawn. Download what is not in the draft.", // Status line.
  "status.gone.unauthorised": "Your link is not valid any more. Download what is not in the draft.", // Status line.
  "status.gone.replaced": "Another window of yours took over. Continue there, or reload this one.", // Status line.
  "status.gone.protocol": "The server did not understand this page. Reload it; what you wrote is kept on this device.", // Status line.
  "status.tooOld": "This page is older than the server. What you wrote is kept on this device: reload the page.", // Status line.
  "status.noOffline": "Do not close this page: opening it offline needs https.", // Status line, on plain http addresses of other machines.
  "status.download": "Download a copy", // Button in the status line.
  "status.reload": "Reload", // Button in the status line.
  "rescue.download": {
    one: "Download {count} change that was not taken",
    other: "Download {count} changes that were not taken",
  }, // Button in the status line.
  "rescue.discard": "I have them", // Button: forgets the rescued changes after they were downloaded.
  "rescue.file": "not-in-the-draft", // Part of a file's name: letters and hyphens only.
  "said.joined": "{name} is here.", // Said to those who hear the page.
  "said.left": "{name} has left.", // Said to those who hear the page.
  "said.comment": "New comment by {name}.", // Said to those who hear the page.
  "said.offline": "The connection is lost. You can go on writing; it is saved on this device.", // Said once.
  "said.online": "Connected. Everything is saved on the server.", // Said once.
  "said.left-editor": "You left the text. Tab moves on, Shift+Tab goes back.", // Said after Esc.
  "guide.title": "Guide", // Dialog, menu and button: how to use the editor.
  "guide.participants-guide": "Taking part", // Tab: the guide for everybody.
  "guide.facilitators-guide": "Running a draft", // Tab: the guide for facilitators.
  "guide.contents": "Contents of the guide", // Name of a list of links.
  "guide.english": "The guide is in English so far.", // Above the guide, in other languages.
  "missing.part": "This part of the editor could not be loaded. Try again when you are connected.", // In a dialog, when a part of the editor is not on this device.
  "another.ask": "Somebody else writes here…", // Button below one’s own entry: on a computer that several people use.
  "another.title": "Somebody else on this computer", // Dialog.
  "another.text":
    "From now on this draft is written in this browser by whom you choose. What was written before stays with those who wrote it.", // In the dialog.
  "another.who": "Who writes now", // Heading of choices.
  "another.new": "Somebody new", // Choice.
  "another.guest": "A guest", // Choice: somebody who gave no name.
  "another.submit": "Continue", // Button.
  "another.unsaved": "Wait until everything is saved on the server: what is not would become somebody else’s.", // When the button was pressed too early.
  "another.unkept":
    "This browser keeps nothing, so it cannot tell people apart. Use a private window for somebody else.", // When the browser refuses storage.
} as const satisfies Record<string, Message>;

export type MessageKey = keyof typeof en;
