BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alias (
	name VARCHAR NOT NULL, 
	release VARCHAR NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_alias PRIMARY KEY (name), 
	CONSTRAINT fk_alias_release FOREIGN KEY(release) REFERENCES release (name)
);
INSERT INTO "alias" VALUES('production','r2','2026-11-25 23:44:06.423229');
CREATE TABLE annotator (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	disabled BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT ck_annotator_role CHECK (role IN ('visitor', 'annotator', 'reviewer', 'admin')), 
	CONSTRAINT uq_annotator_name UNIQUE (name)
);
INSERT INTO "annotator" VALUES(1,'ada','annotator',0,'2026-11-25 23:44:05.529816');
INSERT INTO "annotator" VALUES(2,'visitor','visitor',0,'2026-11-25 23:44:05.584804');
CREATE TABLE correction (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	client_id VARCHAR NOT NULL, 
	text_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	action VARCHAR NOT NULL, 
	labels JSON, 
	polarity VARCHAR, 
	scores JSON NOT NULL, 
	visible BOOLEAN NOT NULL, 
	release VARCHAR, 
	seconds DOUBLE, 
	comment VARCHAR, 
	supersedes INTEGER, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT ck_correction_action CHECK (action IN ('label', 'skip', 'flag', 'undo')), 
	CONSTRAINT uq_correction_client_id UNIQUE (client_id), 
	CONSTRAINT fk_correction_text_id FOREIGN KEY(text_id) REFERENCES text (id), 
	CONSTRAINT fk_correction_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_correction_supersedes FOREIGN KEY(supersedes) REFERENCES correction (id)
);
INSERT INTO "correction" VALUES(1,'c1',1,1,'label','["joy"]','positive','{"valence": 4.0}',1,'r1',2.5,NULL,NULL,'2026-11-25 23:44:05.796261');
INSERT INTO "correction" VALUES(2,'c2',1,1,'label','["sadness"]','negative','{"valence": 2.0}',1,'r1',2.5,'again',1,'2026-11-25 23:44:05.995080');
INSERT INTO "correction" VALUES(3,'c3',2,1,'label','["joy"]',NULL,'{}',0,NULL,NULL,NULL,NULL,'2026-11-25 23:44:06.136858');
INSERT INTO "correction" VALUES(4,'c4',2,1,'undo',NULL,NULL,'{}',0,NULL,NULL,NULL,3,'2026-11-25 23:44:06.221926');
INSERT INTO "correction" VALUES(5,'c5',2,2,'label','["joy"]',NULL,'{}',1,NULL,NULL,NULL,NULL,'2026-11-25 23:44:06.278955');
CREATE TABLE event (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	actor VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	detail JSON NOT NULL
);
INSERT INTO "event" VALUES(1,'2026-11-25 23:44:06.493277','ada','point','r2','{"alias": "production", "from": null, "to": "r2", "reason": "test"}');
CREATE TABLE feature (
	text_id INTEGER NOT NULL, 
	encoder_id VARCHAR NOT NULL, 
	vector BLOB NOT NULL, 
	CONSTRAINT pk_feature PRIMARY KEY (text_id, encoder_id), 
	CONSTRAINT fk_feature_text_id FOREIGN KEY(text_id) REFERENCES text (id) ON DELETE CASCADE
);
INSERT INTO "feature" VALUES(1,'e1',X'003C003C');
CREATE TABLE label (
	text_id INTEGER NOT NULL, 
	labels JSON, 
	polarity JSON, 
	scores JSON NOT NULL, 
	corrections JSON NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_label PRIMARY KEY (text_id), 
	CONSTRAINT fk_label_text_id FOREIGN KEY(text_id) REFERENCES text (id)
);
INSERT INTO "label" VALUES(1,'{"sadness": 1.0}','{"negative": 1.0}','{"valence": 2.0}','[2]','2026-11-25 23:44:06.070578');
CREATE TABLE release (
	name VARCHAR NOT NULL, 
	parent VARCHAR, 
	encoder_id VARCHAR NOT NULL, 
	snapshot VARCHAR(64), 
	heads BLOB NOT NULL, 
	heads_sha256 VARCHAR(64) NOT NULL, 
	metrics JSON NOT NULL, 
	report JSON, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_release PRIMARY KEY (name), 
	CONSTRAINT fk_release_snapshot FOREIGN KEY(snapshot) REFERENCES snapshot (name)
);
INSERT INTO "release" VALUES('r1',NULL,'e1',NULL,X'6669727374','a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e','[]',NULL,'2026-11-25 23:44:06.350740');
INSERT INTO "release" VALUES('r2','r1','e1','ed314ec977ba9208fa29c83fbb7468e01d9fcec8f4137d3df1acc144ec1dc5a4',X'6865616473','5c0bc2423c1af18cd0172a4d1f84c01af25a3ee3c5ccd217e8e8a48924fe414e','[{"corpus": "sst", "value": 0.5}]','{"decision": "promoted", "flips": []}','2026-11-25 23:44:06.421952');
CREATE TABLE snapshot (
	name VARCHAR(64) NOT NULL, 
	content VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_snapshot PRIMARY KEY (name)
);
INSERT INTO "snapshot" VALUES('ed314ec977ba9208fa29c83fbb7468e01d9fcec8f4137d3df1acc144ec1dc5a4','[{"labels":{"sadness":1.0},"measured":false,"polarity":{"negative":1.0},"scores":{"valence":2.0},"text_id":1}]','2026-11-25 23:44:06.350095');
CREATE TABLE suggestion (
	release VARCHAR NOT NULL, 
	text_id INTEGER NOT NULL, 
	outputs BLOB NOT NULL, 
	uncertainty DOUBLE NOT NULL, 
	CONSTRAINT pk_suggestion PRIMARY KEY (release, text_id), 
	CONSTRAINT fk_suggestion_text_id FOREIGN KEY(text_id) REFERENCES text (id) ON DELETE CASCADE
);
INSERT INTO "suggestion" VALUES('r1',2,X'003C003C',0.5);
CREATE TABLE text (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	hash VARCHAR(64) NOT NULL, 
	content VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	pooled BOOLEAN NOT NULL, 
	measured BOOLEAN, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT uq_text_hash UNIQUE (hash)
);
INSERT INTO "text" VALUES(1,'8b38b558e4df5eb3a70f60edea988d448559dfdded9b7ca08d9ba7f6c5ac71a8','It rained.','page',1,0,'2026-11-25 23:44:05.585887');
INSERT INTO "text" VALUES(2,'50dcce04e3b7bce818ea4e76c29f256ec0d66b6d742df6beff47db8ca1fa9b55','We sang.','page',1,0,'2026-11-25 23:44:05.585891');
CREATE INDEX ix_text_pooled ON text (id) WHERE pooled;
CREATE INDEX ix_suggestion_text_id ON suggestion (text_id);
CREATE INDEX ix_suggestion_order ON suggestion (release, uncertainty DESC, text_id);
CREATE INDEX ix_correction_text_id_annotator_id ON correction (text_id, annotator_id);
CREATE INDEX ix_correction_annotator_id ON correction (annotator_id);
CREATE INDEX ix_correction_supersedes ON correction (supersedes);
CREATE UNIQUE INDEX uq_correction_undone ON correction (supersedes) WHERE action = 'undo';
CREATE INDEX ix_label_updated_at ON label (updated_at);
CREATE INDEX ix_event_kind ON event (kind);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('annotator',2);
INSERT INTO "sqlite_sequence" VALUES('text',2);
INSERT INTO "sqlite_sequence" VALUES('correction',5);
INSERT INTO "sqlite_sequence" VALUES('event',1);
COMMIT;
