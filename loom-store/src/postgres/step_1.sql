CREATE SCHEMA loomstack;

CREATE TABLE loomstack.schema (steps integer NOT NULL);
INSERT INTO loomstack.schema VALUES (0);

CREATE TABLE loomstack.journals (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id > 0),
    workspace text NOT NULL UNIQUE
);

CREATE TABLE loomstack.records (
    journal     integer NOT NULL REFERENCES loomstack.journals,
    ver         bigint NOT NULL CHECK (ver > 0),
    hash        bytea NOT NULL CHECK (length(hash) = 32),
    prev        bytea NOT NULL CHECK (length(prev) = 32),
    incarnation bigint NOT NULL CHECK (incarnation BETWEEN 0 AND 4294967295),
    body        bytea NOT NULL,
    PRIMARY KEY (journal, ver)
);
-- A record is JSON that compresses well, and is read far more often than written.
ALTER TABLE loomstack.records ALTER COLUMN body SET STORAGE EXTENDED;

CREATE TABLE loomstack.texts (
    journal integer NOT NULL REFERENCES loomstack.journals,
    digest  bytea NOT NULL CHECK (length(digest) = 32),
    nonce   bytea NOT NULL CHECK (length(nonce) = 16),
    words   bytea NOT NULL,
    PRIMARY KEY (journal, digest)
);

CREATE TABLE loomstack.snapshots (
    journal    integer NOT NULL REFERENCES loomstack.journals,
    projection text NOT NULL,
    format     bigint NOT NULL,
    ver        bigint NOT NULL,
    hash       bytea NOT NULL,
    pieces     integer NOT NULL,
    PRIMARY KEY (journal, projection, format)
);

CREATE TABLE loomstack.snapshot_pieces (
    journal    integer NOT NULL,
    projection text NOT NULL,
    format     bigint NOT NULL,
    number     integer NOT NULL,
    bytes      bytea NOT NULL,
    PRIMARY KEY (journal, projection, format, number),
    FOREIGN KEY (journal, projection, format) REFERENCES loomstack.snapshots ON DELETE CASCADE
);
-- Projections are packed already.
ALTER TABLE loomstack.snapshot_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Compares and appends in one step, and in one trip of the network. The lock lasts until the transaction
-- ends, and gives writers their turn in the order in which they came. Each statement of a function sees
-- what was committed before it began, so the head read behind the lock is the last one.
CREATE FUNCTION loomstack.append(
    of integer,
    expected_ver bigint, expected_hash bytea,
    new_ver bigint, new_hash bytea, new_prev bytea, new_incarnation bigint, new_body bytea,
    at_ms bigint, ahead_ms bigint, own_clock_ms bigint,
    seen_ver bigint, seen_hash bytea, seen_incarnation bigint,
    digests bytea[], nonces bytea[], words bytea[],
    OUT outcome text,
    OUT head_ver bigint, OUT head_hash bytea, OUT head_incarnation bigint,
    OUT hash_at_seen bytea, OUT clock_ms bigint
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1282371437, of);
    SELECT r.ver, r.hash, r.incarnation INTO head_ver, head_hash, head_incarnation
        FROM loomstack.records r WHERE r.journal = of ORDER BY r.ver DESC LIMIT 1;
    IF NOT FOUND THEN
        head_ver := 0;
        head_hash := decode(repeat('00', 32), 'hex');
        head_incarnation := 0;
    END IF;
    clock_ms := coalesce(own_clock_ms, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);

    -- What this client saw before has to be in the journal, unless a person recovers it.
    IF seen_ver IS NOT NULL AND new_incarnation <= seen_incarnation THEN
        SELECT r.hash INTO hash_at_seen FROM loomstack.records r WHERE r.journal = of AND r.ver = seen_ver;
        IF head_incarnation < seen_incarnation
            OR (head_incarnation = seen_incarnation AND (
                head_ver < seen_ver
                OR (seen_ver > 0 AND hash_at_seen <> seen_hash)))
        THEN
            outcome := 'regressed';
            RETURN;
        END IF;
    END IF;

    IF head_ver <> expected_ver OR head_hash <> expected_hash THEN
        PERFORM 1 FROM loomstack.records r WHERE r.journal = of AND r.ver = new_ver AND r.hash = new_hash;
        outcome := CASE WHEN FOUND THEN 'committed' ELSE 'conflict' END;
        RETURN;
    END IF;
    IF at_ms > clock_ms + ahead_ms THEN
        outcome := 'clock_ahead';
        RETURN;
    END IF;

    INSERT INTO loomstack.records (journal, ver, hash, prev, incarnation, body)
        VALUES (of, new_ver, new_hash, new_prev, new_incarnation, new_body);
    IF array_length(digests, 1) > 0 THEN
        INSERT INTO loomstack.texts (journal, digest, nonce, words)
            SELECT of, t.digest, t.nonce, t.words FROM unnest(digests, nonces, words) AS t (digest, nonce, words)
            ON CONFLICT DO NOTHING;
    END IF;
    PERFORM pg_notify('loomstack', of || ' ' || new_ver);
    outcome := 'committed';
    head_ver := new_ver;
    head_hash := new_hash;
    head_incarnation := new_incarnation;
END;
$$;
