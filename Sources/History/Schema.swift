import GRDB

/// The tables, as a list of migrations: a released one is never edited, a new one is appended.
///
/// Rows that state facts carry their origin (the home that saw them), so that files can be merged later. Small
/// integer ids are local to a file and never leave it; fingerprints, event hashes and origins are what two
/// files have in common. Text from logs is stored as BLOB: it may contain NUL, at which SQLite's TEXT ends.
enum Schema {
    /// `PRAGMA application_id`: "ApHi".
    static let applicationID: Int32 = 0x4170_4869
    /// `PRAGMA user_version` after the last migration.
    static var version: Int { migrations.count }

    static let migrations: [(name: String, sql: String)] = [
        ("1 first schema", firstSchema), ("2 service minutes", serviceMinutes), ("3 fix drafts", fixDrafts),
        ("4 outbox ledger", outboxLedger), ("5 news", news), ("6 diagnosis severity", diagnosisSeverity),
        ("7 counters", counters), ("8 embeddings", embeddings),
    ]

    /// - Parameter version: 1 to ``version``.
    static func migrate(_ writer: some DatabaseWriter, upTo version: Int = version) throws {
        var migrator = DatabaseMigrator()
        for (index, migration) in migrations.enumerated() {
            migrator.registerMigration(migration.name) { db in
                try db.execute(sql: migration.sql)
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
                try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            }
        }
        try migrator.migrate(writer, upTo: migrations[version - 1].name)
    }

    private static let firstSchema = [groups, records, decisions, operations, search].joined(separator: "\n")

    /// Events of a service in a minute, at the level of a warning and above: what a burst of it is judged by.
    private static let serviceMinutes = """
        CREATE TABLE service_bucket (
            minute INTEGER NOT NULL,
            service INTEGER NOT NULL REFERENCES text (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            count INTEGER NOT NULL,
            PRIMARY KEY (service, minute, origin_id)
        ) STRICT, WITHOUT ROWID;
        """

    private static let groups = """
        CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE origin (
            id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, first_used INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE text (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
        CREATE INDEX text_by_hash ON text (hash);
        CREATE TABLE error_group (
            id INTEGER PRIMARY KEY,
            fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
            version INTEGER NOT NULL,
            rule TEXT NOT NULL,
            parts INTEGER NOT NULL REFERENCES text (id),
            title INTEGER NOT NULL REFERENCES text (id),
            template INTEGER NOT NULL REFERENCES text (id),
            type INTEGER REFERENCES text (id),
            code INTEGER REFERENCES text (id)
        ) STRICT;
        CREATE TABLE group_alias (
            fingerprint BLOB PRIMARY KEY NOT NULL CHECK (length(fingerprint) = 32),
            canonical BLOB NOT NULL CHECK (length(canonical) = 32),
            at INTEGER NOT NULL,
            origin_id INTEGER NOT NULL REFERENCES origin (id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE sighting (
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            total INTEGER NOT NULL,
            level INTEGER NOT NULL,
            PRIMARY KEY (group_id, origin_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE bucket (
            minute INTEGER NOT NULL,
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            count INTEGER NOT NULL,
            PRIMARY KEY (minute, group_id, origin_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX bucket_by_group ON bucket (group_id, minute);
        CREATE TABLE group_value (
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            kind INTEGER NOT NULL,
            value INTEGER NOT NULL REFERENCES text (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (group_id, kind, value, origin_id)
        ) STRICT, WITHOUT ROWID;
        """

    private static let records = """
        CREATE TABLE dictionary (
            id INTEGER PRIMARY KEY CHECK (id > 0), made INTEGER NOT NULL, ratio REAL NOT NULL, bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE sample (
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            event_hash BLOB NOT NULL CHECK (length(event_hash) = 16),
            time INTEGER NOT NULL,
            slots INTEGER NOT NULL,
            record BLOB NOT NULL,
            UNIQUE (group_id, origin_id, event_hash, time)
        ) STRICT;
        CREATE TABLE diagnosis (
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            version INTEGER NOT NULL,
            at INTEGER NOT NULL,
            is_current INTEGER NOT NULL,
            by_model INTEGER NOT NULL,
            is_queued INTEGER NOT NULL,
            cache_key TEXT,
            used_at INTEGER NOT NULL,
            record BLOB NOT NULL,
            UNIQUE (group_id, origin_id, version)
        ) STRICT;
        CREATE INDEX diagnosis_by_use ON diagnosis (used_at) WHERE by_model = 1 AND cache_key IS NOT NULL;
        CREATE INDEX diagnosis_by_age ON diagnosis (at) WHERE by_model = 1 AND cache_key IS NOT NULL;
        CREATE INDEX diagnosis_by_cache_key ON diagnosis (cache_key, at) WHERE by_model = 1 AND cache_key IS NOT NULL;
        CREATE INDEX diagnosis_queued ON diagnosis (group_id) WHERE is_current = 1 AND is_queued = 1;
        CREATE TABLE raw_answer (
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            version INTEGER NOT NULL,
            number INTEGER NOT NULL,
            record BLOB NOT NULL,
            UNIQUE (group_id, origin_id, version, number)
        ) STRICT;
        """

    private static let decisions = """
        CREATE TABLE resolution (
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            at INTEGER NOT NULL,
            is_open INTEGER NOT NULL,
            author TEXT,
            note TEXT,
            fixed_by TEXT,
            PRIMARY KEY (group_id, at, origin_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE verdict (
            group_id INTEGER NOT NULL REFERENCES error_group (id),
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            at INTEGER NOT NULL,
            verdict TEXT NOT NULL,
            cause TEXT,
            fixed_by TEXT,
            PRIMARY KEY (group_id, at, origin_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE alert_state (
            fingerprint BLOB PRIMARY KEY NOT NULL CHECK (length(fingerprint) = 32), payload TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE outbox_pending (
            number INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            digest TEXT NOT NULL,
            bytes BLOB,
            is_written INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE outbox_attachment (
            number INTEGER NOT NULL REFERENCES outbox_pending (number), name TEXT NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY (number, name)
        ) STRICT;
        CREATE INDEX outbox_unwritten ON outbox_pending (number) WHERE is_written = 0;
        """

    private static let operations = """
        CREATE TABLE cursor (
            source TEXT NOT NULL, key TEXT NOT NULL, payload TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (source, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE seen_event (
            id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16), expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX seen_event_by_expiry ON seen_event (expires);
        CREATE TABLE masked (
            day INTEGER NOT NULL, rule TEXT NOT NULL, origin_id INTEGER NOT NULL REFERENCES origin (id),
            count INTEGER NOT NULL,
            PRIMARY KEY (day, rule, origin_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE run (
            id INTEGER PRIMARY KEY, origin_id INTEGER NOT NULL REFERENCES origin (id), kind TEXT NOT NULL,
            started INTEGER NOT NULL, finished INTEGER NOT NULL, payload TEXT NOT NULL
        ) STRICT;
        CREATE INDEX run_by_start ON run (started);
        CREATE TABLE model_call (
            id INTEGER PRIMARY KEY, origin_id INTEGER NOT NULL REFERENCES origin (id), time INTEGER NOT NULL,
            endpoint TEXT NOT NULL, model TEXT NOT NULL, prompt_digest TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
            answer_tokens INTEGER NOT NULL, outcome TEXT NOT NULL, seconds REAL NOT NULL
        ) STRICT;
        CREATE INDEX model_call_by_time ON model_call (time);
        CREATE TABLE setting (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE tombstone (
            name BLOB PRIMARY KEY NOT NULL CHECK (length(name) = 16), at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, author TEXT, payload TEXT NOT NULL
        ) STRICT;
        CREATE TABLE cache_use (day INTEGER PRIMARY KEY, hits INTEGER NOT NULL, misses INTEGER NOT NULL) STRICT;
        """

    private static let fixDrafts = """
        CREATE TABLE fix_draft (
            id INTEGER PRIMARY KEY,
            group_id INTEGER NOT NULL REFERENCES error_group (id) ON DELETE CASCADE,
            origin_id INTEGER NOT NULL REFERENCES origin (id),
            at INTEGER NOT NULL,
            mirror TEXT NOT NULL,
            base TEXT NOT NULL,
            fate TEXT NOT NULL,
            fate_at INTEGER NOT NULL,
            record BLOB NOT NULL,
            UNIQUE (group_id, origin_id, base)
        ) STRICT;
        CREATE INDEX fix_draft_by_time ON fix_draft (at);
        """

    /// What waits for approval, what left, and where the far side keeps a group's messages: of this home alone.
    private static let outboxLedger = """
        CREATE TABLE outbox_held (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, subject TEXT NOT NULL, draft TEXT NOT NULL
        ) STRICT;
        CREATE TABLE outbox_ledger (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            event TEXT NOT NULL,
            number INTEGER NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            attached INTEGER NOT NULL,
            digest TEXT NOT NULL,
            detail TEXT
        ) STRICT;
        CREATE INDEX outbox_ledger_by_number ON outbox_ledger (number, event);
        CREATE TABLE outbox_thread (
            subject TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL, PRIMARY KEY (subject, channel)
        ) STRICT, WITHOUT ROWID;
        """

    /// Events of groups that were not delivered yet; until this version, merges alone kept theirs, as a setting.
    private static let news = """
        CREATE TABLE news (group_id INTEGER PRIMARY KEY REFERENCES error_group (id), events INTEGER NOT NULL) STRICT;
        INSERT INTO news (group_id, events)
            SELECT g.id, CAST(j.value AS INTEGER)
            FROM setting s, json_each(s.value) j JOIN error_group g ON lower(hex(g.fingerprint)) = j.key
            WHERE s.key = 'merged' AND json_valid(s.value);
        DELETE FROM setting WHERE key = 'merged';
        """

    /// How bad the latest diagnosis of a group is, without its blob; null in rows of earlier versions.
    private static let diagnosisSeverity = """
        ALTER TABLE diagnosis ADD COLUMN severity INTEGER;
        CREATE INDEX diagnosis_current ON diagnosis (group_id, at, by_model, severity) WHERE is_current = 1;
        """

    /// What is counted for metrics: of this home alone, and never less.
    private static let counters = """
        CREATE TABLE counter (
            kind TEXT NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL, value REAL NOT NULL,
            PRIMARY KEY (kind, first, second)
        ) STRICT, WITHOUT ROWID;
        """

    /// Where an embedding model puts groups (``QuantizedVector``); made anew where it is lost, and never exported or
    /// merged. Which model it is, the setting `embedding` tells.
    private static let embeddings = """
        CREATE TABLE embedding (
            group_id INTEGER PRIMARY KEY REFERENCES error_group (id) ON DELETE CASCADE,
            length REAL NOT NULL,
            vector BLOB NOT NULL
        ) STRICT;
        """

    /// Used by ``SimilarityIndex`` as well.
    static let search = """
        CREATE TABLE search_document (id INTEGER PRIMARY KEY, tokens BLOB NOT NULL) STRICT;
        CREATE TABLE search_segment (
            id INTEGER PRIMARY KEY AUTOINCREMENT, documents INTEGER NOT NULL, last INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE search_posting (
            segment INTEGER NOT NULL, term INTEGER NOT NULL, documents INTEGER NOT NULL, packed BLOB NOT NULL,
            PRIMARY KEY (segment, term)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE search_state (generation INTEGER PRIMARY KEY) STRICT;
        """
}
