// What the writing surface and its tools say, in English: see ../en.ts, of which these words are a part.

import type { Message } from "../format";

export const writing = {
  "editor.label": "Text of “{title}”", // Name of the editor for screen readers.
  "editor.noFiles":
    "Pictures and other files cannot be put into the text. A Markdown or Word file becomes a draft of its own on the start page.", // Notice after pasting or dropping a file.
  "toolbar.title": "Writing tools", // Name of the toolbar.
  "command.undo": "Undo", // Tool.
  "command.redo": "Redo", // Tool.
  "command.bold": "Bold", // Tool.
  "command.italic": "Italic", // Tool.
  "command.struck": "Struck through", // Tool.
  "command.code": "Code", // Tool: words set as computer code.
  "command.link": "Link", // Tool.
  "command.heading1": "Heading 1", // Tool: chapter.
  "command.heading2": "Heading 2", // Tool.
  "command.heading3": "Heading 3", // Tool.
  "command.heading4": "Heading 4", // Tool.
  "command.heading5": "Heading 5", // Tool.
  "command.heading6": "Heading 6", // Tool.
  "command.paragraph": "Plain text", // Tool: no heading.
  "command.bullets": "Bulleted list", // Tool.
  "command.numbers": "Numbered list", // Tool.
  "command.tasks": "Task list", // Tool.
  "command.quote": "Quotation", // Tool.
  "command.footnote": "Footnote", // Tool.
  "command.table": "Table", // Tool.
  "command.alert": "Note set apart", // Tool with a menu of kinds.
  "command.note": "Note set apart", // In the list of shortcuts.
  "command.bracket": "Brackets: not agreed", // Tool: marks text that is not agreed.
  "command.search": "Search and replace", // Tool.
  "alert.note": "Note", // Word at the head of a note set apart.
  "alert.tip": "Tip", // Word at the head of a note set apart.
  "alert.important": "Important", // Word at the head of a note set apart.
  "alert.warning": "Warning", // Word at the head of a note set apart.
  "alert.caution": "Caution", // Word at the head of a note set apart.
  "search.find": "Find", // Field of the search panel.
  "search.replace": "Replace with", // Field of the search panel.
  "search.next": "Next", // Button of the search panel.
  "search.previous": "Previous", // Button of the search panel.
  "search.all": "Select all", // Button of the search panel: selects all matches.
  "search.matchCase": "Match case", // Tick of the search panel.
  "search.byWord": "Whole words", // Tick of the search panel.
  "search.regexp": "Pattern", // Tick of the search panel: regular expression.
  "search.replaceOne": "Replace", // Button of the search panel.
  "search.replaceAll": "Replace all", // Button of the search panel.
  "search.current": "current match", // Said when a match is reached.
  "search.replacedAll": "matches replaced: $", // Said after replacing; keep the $ sign, it becomes a number.
  "search.replacedOne": "replaced match on line $", // Said after replacing; keep the $ sign.
  "search.onLine": "on line", // Said when a match is reached.
  "search.control": "Control character", // Names an invisible character in the text.
  "search.deleted": "Selection deleted", // Said after deleting.
  "preview.taskOpen": "Open task", // Tick box in the text.
  "preview.taskDone": "Done task", // Tick box in the text.
  "preview.footnote": "Footnote {number}", // Name of a raised number.
  "preview.editTable": "Edit table", // Button at a table.
  "preview.table": "Table", // Name of a table for screen readers.
  "preview.editFront": "Edit title page", // Button at the title page.
  "preview.front": "Title page", // Name of the title page.
  "preview.sec": "section {number}", // A reference within the text, such as "see section 2.1".
  "preview.tbl": "table {number}", // A reference within the text.
  "preview.fig": "figure {number}", // A reference within the text.
  "preview.image": "Image", // Before an image's words.
  "preview.title": "Preview of the report", // Name of the side preview.
  "preview.older": "As it was at {time}. It follows again when you are connected.", // When the preview is older than the text.
  "preview.none": "The server makes this preview. It appears when you are connected.", // In the preview, when the server was never reached.
  "preview.close": "Close the preview", // Button.
  "table.title": "Edit table", // Dialog.
  "table.help": "Changes are in the text at once. Enter goes down a row; Alt with the arrow keys moves a row.", // Below the dialog's title.
  "table.column": "Column {number}", // Words in the head of a new table.
  "table.columnMenu": "Column {number}", // Menu button of a column.
  "table.rowMenu": "Row {number}", // Menu button of a row.
  "table.columnBefore": "Insert a column before", // Menu.
  "table.columnAfter": "Insert a column after", // Menu.
  "table.columnBack": "Move the column back", // Menu: towards the beginning of the line.
  "table.columnOn": "Move the column on", // Menu: towards the end of the line.
  "table.columnRemove": "Remove the column", // Menu.
  "table.columnAdd": "Add a column", // Button.
  "table.rowBefore": "Insert a row above", // Menu.
  "table.rowAfter": "Insert a row below", // Menu.
  "table.rowUp": "Move the row up", // Menu.
  "table.rowDown": "Move the row down", // Menu.
  "table.rowRemove": "Remove the row", // Menu.
  "table.rowAdd": "Add a row", // Button.
  "table.align.none": "Align as the text", // Menu.
  "table.align.start": "Align to the start", // Menu: left, in Arabic right.
  "table.align.centre": "Centre", // Menu.
  "table.align.end": "Align to the end", // Menu: right, in Arabic left.
  "table.headCell": "Heading of column {column}", // Name of a field.
  "table.cell": "Row {row}, column {column}", // Name of a field.
  "table.gone": "The table is no longer in the text: somebody removed it meanwhile.", // In the dialog.
  "outline.title": "Outline", // The list of headings.
  "outline.empty": "Headings appear here. Make one with Alt+1 to Alt+6.", // When the text has no headings.
  "outline.help": "Drag to move a part, or press Alt with an arrow key.", // Below the outline.
  "outline.fold": "Parts of {title}", // Button that shows or hides what is under a heading.
  "outline.moved": "{title} was moved.", // Said after moving a part.
  "outline.cannotMove": "There is no place to move it to.", // Said when a part is first or last.
  "outline.toEnd": "To the end", // Where a part can be dropped.
  "words.all": { one: "{count} word", other: "{count} words" }, // At the end of the status line.
  "words.selected": { one: "{count} of {all} words", other: "{count} of {all} words" }, // Count of the selection and of the whole text.
  "keys.title": "Keyboard shortcuts", // Dialog and menu.
  "keys.writing": "Writing", // Heading.
  "keys.editing": "Editing", // Heading.
  "keys.moving": "Moving about", // Heading.
  "keys.indent": "Indent", // Shortcut.
  "keys.outdent": "Outdent", // Shortcut.
  "keys.lineUp": "Move the line up", // Shortcut.
  "keys.lineDown": "Move the line down", // Shortcut.
  "keys.plainPaste": "Paste as plain text", // Shortcut.
  "keys.leave": "Leave the text", // Shortcut.
  "keys.nextComment": "Next comment", // Shortcut.
  "keys.previousComment": "Previous comment", // Shortcut.
  "keys.outlineMove": "From heading to heading", // Shortcut in the outline.
  "keys.outlineFold": "Fold a part", // Shortcut in the outline.
  "keys.outlineUp": "Move a part up", // Shortcut in the outline.
  "keys.outlineDown": "Move a part down", // Shortcut in the outline.
} as const satisfies Record<string, Message>;
