BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'storebox','journal-0001','2026-11-21 18:59:40.778421+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'storebox','journal-0002','2026-11-22 07:00:00+00:00');
CREATE TABLE counts (
        state TEXT NOT NULL, class INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (state, class)
    ) WITHOUT ROWID
    ;
INSERT INTO "counts" VALUES('done',2,1);
INSERT INTO "counts" VALUES('rejected',1,1);
CREATE TABLE documents (kind TEXT PRIMARY KEY, version INTEGER NOT NULL, digest BLOB NOT NULL, adopted_at TEXT NOT NULL);
CREATE TABLE events (
        sequence INTEGER PRIMARY KEY,
        state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'rejected')),
        class INTEGER NOT NULL,
        id TEXT NOT NULL,
        box TEXT NOT NULL,
        type TEXT NOT NULL,
        time TEXT NOT NULL,
        boot TEXT NOT NULL,
        monotonic_ms INTEGER NOT NULL,
        clock TEXT NOT NULL,
        subject TEXT,
        tz TEXT,
        business_day TEXT,
        data TEXT NOT NULL,
        problem TEXT NOT NULL DEFAULT ''
    );
INSERT INTO "events" VALUES(1,'queued',0,'01a1ff7a-806c-7277-93d5-a66b6bae5d98','box-1','storebox.test.sold','2026-05-04T12:00:00.000Z','boot-1',1234,'synced','apple','Asia/Shanghai','2026-05-04','{"sku":"apple","qty":1,"note":""}','');
INSERT INTO "events" VALUES(2,'done',2,'01a1ff7a-806e-7267-991d-25bbe6ee628c','box-1','storebox.test.footfall','2026-05-04T12:00:00.000Z','boot-1',1234,'synced',NULL,NULL,NULL,'{"count":3,"note":""}','');
INSERT INTO "events" VALUES(3,'rejected',1,'01a1ff7a-806e-7267-991d-25bc681468ff','box-1','storebox.test.seen','2026-05-04T12:00:00.000Z','boot-1',1234,'synced',NULL,NULL,NULL,'{"member":"m-1"}','the cloud calls it invalid');
INSERT INTO "events" VALUES(4,'queued',0,'01a1ff7a-806f-764b-8027-9b6383d12a0b','box-1','storebox.test.sold','2026-05-04T12:00:00.000Z','boot-1',1234,'synced','苹果','Asia/Shanghai','2026-05-04','{"sku":"苹果","qty":1,"note":""}','');
CREATE TABLE letters (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        device TEXT NOT NULL,
        reason TEXT NOT NULL,
        told TEXT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        times INTEGER NOT NULL DEFAULT 1,
        digest BLOB NOT NULL UNIQUE
    );
INSERT INTO "letters" VALUES(1,'unreadable','till-1','not JSON','{','2026-05-04T12:00:00.000Z','2026-05-04T12:00:00.000Z',1,X'7DFF53E8276756DDED0AEA5179083054ACC632AE8743060035CACC73B95F5B29');
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE receipts (
        device TEXT NOT NULL,
        id TEXT NOT NULL,
        digest BLOB NOT NULL,
        at TEXT NOT NULL,
        refusal TEXT, refusal_key TEXT NOT NULL DEFAULT '', refusal_facts TEXT NOT NULL DEFAULT '{}',
        PRIMARY KEY (device, id)
    ) WITHOUT ROWID
    ;
INSERT INTO "receipts" VALUES('till-1','r1',X'FD275955C4E73EE39235D832F82E711642038C532DA72AB28697842AA188D595','2026-05-04T12:00:00.000Z',NULL,'','{}');
INSERT INTO "receipts" VALUES('till-1','r2',X'00','2026-05-04T12:00:00.000Z','order 42 is open already','order-open','{"order": "42"}');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX events_queued ON events (class, sequence) WHERE state = 'queued';
CREATE INDEX events_rejected ON events (sequence) WHERE state = 'rejected';
COMMIT;
