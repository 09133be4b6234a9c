-- Links with names and limits, people, the audit trail, deletion of drafts, decisions about
-- quarantined changes.
--
-- `people.merged_into` is never a chain: it names somebody who is merged into nobody.
-- `audit` only grows: entries leave with their draft alone, once that is deleted for good.

ALTER TABLE drafts ADD COLUMN deleted_ms INTEGER;
ALTER TABLE drafts ADD COLUMN purge_ms INTEGER;

ALTER TABLE links ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE links ADD COLUMN history INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN label TEXT;
ALTER TABLE links ADD COLUMN preset_group TEXT;
ALTER TABLE links ADD COLUMN participant TEXT;
ALTER TABLE links ADD COLUMN made_from TEXT;
ALTER TABLE links ADD COLUMN created_by TEXT;
ALTER TABLE links ADD COLUMN uses_limit INTEGER;
UPDATE links SET id = lower(hex(randomblob(16)));
CREATE UNIQUE INDEX links_by_id ON links (id);

CREATE TABLE link_uses (
  link TEXT NOT NULL,
  participant TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  PRIMARY KEY (link, participant)
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
  number INTEGER PRIMARY KEY,
  draft BLOB NOT NULL REFERENCES drafts (id),
  participant TEXT NOT NULL,
  name TEXT,
  affiliation TEXT,
  own_group TEXT,
  capacity TEXT NOT NULL,
  on_behalf_of TEXT,
  credit TEXT NOT NULL,
  withheld INTEGER NOT NULL,
  role TEXT,
  role_cap TEXT,
  added_by TEXT,
  corrected_by TEXT,
  merged_into TEXT,
  erased_ms INTEGER,
  created_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  UNIQUE (draft, participant)
) STRICT;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  draft BLOB,
  at_ms INTEGER NOT NULL,
  participant TEXT,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_draft ON audit (draft, sequence);
CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
WHEN OLD.draft IS NULL OR EXISTS (SELECT 1 FROM drafts WHERE id = OLD.draft)
BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;

ALTER TABLE quarantine ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting';
ALTER TABLE quarantine ADD COLUMN decided_by TEXT;
ALTER TABLE quarantine ADD COLUMN decided_ms INTEGER;
ALTER TABLE quarantine ADD COLUMN decision TEXT;
