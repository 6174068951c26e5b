/* SPDX-License-Identifier: MIT */
/* The file of a baseline: its schema, reading and writing. */
#include "baseline.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID	  1397637447 /* the bytes SNAG */
#define SCHEMA_VERSION	  1
#define STRING(number)	  STRING_OF(number)
#define STRING_OF(number) #number

/* SQLite keeps the comments that stand inside a statement: `sqlite3 FILE .schema` explains the file. */
static const char schema[] =
	"PRAGMA trusted_schema = OFF;\n"
	"PRAGMA application_id = " STRING(
		APPLICATION_ID) ";\n"
				"PRAGMA user_version = " STRING(
					SCHEMA_VERSION) ";\n"
							"CREATE TABLE runs (\n"
							"  n INTEGER NOT NULL,           -- runs that were put "
							"together\n"
							"  n_incomplete INTEGER NOT NULL -- those of them that were "
							"not recorded whole\n"
							") STRICT;\n"
							"INSERT INTO runs VALUES (0, 0);\n"
							"CREATE TABLE severities (       -- the worst first\n"
							"  id INTEGER PRIMARY KEY, name TEXT NOT NULL\n"
							") STRICT;\n"
							"CREATE TABLE classes (          -- the strongest evidence "
							"first\n"
							"  id INTEGER PRIMARY KEY, name TEXT NOT NULL\n"
							") STRICT;\n"
							"CREATE TABLE findings (\n"
							"  id TEXT PRIMARY KEY,          -- as in every report; the "
							"same in all runs and builds\n"
							"  rule TEXT NOT NULL,\n"
							"  severity INTEGER NOT NULL REFERENCES severities, -- the "
							"worst,\n"
							"  class INTEGER NOT NULL REFERENCES classes,       -- and the "
							"strongest that a run had\n"
							"  title TEXT NOT NULL,\n"
							"  runs INTEGER NOT NULL         -- in how many\n"
							") STRICT, WITHOUT ROWID;\n"
							"CREATE TABLE edges (            -- one lock was asked for "
							"while another was held\n"
							"  held TEXT NOT NULL,           -- the lock's class: "
							"accounts[].lock\n"
							"  wanted TEXT NOT NULL,\n"
							"  held_mode TEXT NOT NULL,      -- write or read\n"
							"  wanted_mode TEXT NOT NULL,\n"
							"  held_in TEXT NOT NULL,        -- the code that took it: "
							"module!function\n"
							"  wanted_in TEXT NOT NULL,\n"
							"  thread TEXT NOT NULL,         -- the function the thread "
							"began with; main: the first thread\n"
							"  guards TEXT NOT NULL,         -- JSON: other locks that "
							"were held\n"
							"  runs INTEGER NOT NULL,        -- in how many\n"
							"  PRIMARY KEY (held, wanted, held_mode, wanted_mode, held_in, "
							"wanted_in, thread, guards)\n"
							") STRICT, WITHOUT ROWID;\n"
							"CREATE VIEW lock_order AS       -- the lock graph\n"
							"  SELECT held, wanted, min(held_in) AS held_in, "
							"min(wanted_in) AS wanted_in, sum(runs) AS uses\n"
							"  FROM edges GROUP BY held, wanted;\n"
							"CREATE VIEW inversions AS       -- pairs of classes that were "
							"nested both ways, in one run or in different "
							"ones\n"
							"  SELECT a.held AS one, a.wanted AS other, min(a.wanted_in) "
							"AS there, min(b.wanted_in) AS back\n"
							"  FROM edges a JOIN edges b ON a.held = b.wanted AND a.wanted "
							"= b.held AND a.held < a.wanted\n"
							"  WHERE NOT (a.thread = 'main' AND b.thread = 'main')\n"
							"    AND NOT (a.held_mode = 'read' AND b.wanted_mode = "
							"'read')\n"
							"    AND NOT (b.held_mode = 'read' AND a.wanted_mode = "
							"'read')\n"
							"    AND NOT EXISTS (SELECT 1 FROM json_each(a.guards) x JOIN "
							"json_each(b.guards) y ON x.value = y.value)\n"
							"  GROUP BY a.held, a.wanted;\n";

/* The union of two, counts added. */
static const char merge[] =
	"UPDATE main.runs SET n = n + (SELECT n FROM other.runs),\n"
	"  n_incomplete = n_incomplete + (SELECT n_incomplete FROM other.runs);\n"
	"INSERT INTO main.findings SELECT * FROM other.findings WHERE true ON CONFLICT DO UPDATE SET\n"
	"  severity = min(severity, excluded.severity), class = min(class, excluded.class),\n"
	"  title = min(title, excluded.title), runs = runs + excluded.runs;\n"
	"INSERT INTO main.edges SELECT * FROM other.edges WHERE true ON CONFLICT DO UPDATE SET runs = runs + "
	"excluded.runs;\n";

static void fail(struct baseline *baseline)
{
	fprintf(stderr, "snag: baseline: %s\n", sqlite3_errmsg(baseline->db));
	abort();
}

void baseline_execute(struct baseline *baseline, const char *sql)
{
	if (sqlite3_exec(baseline->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(baseline);
}

sqlite3_stmt *baseline_prepare(struct baseline *baseline, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(baseline->db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail(baseline);
	return statement;
}

int64_t baseline_number(struct baseline *baseline, const char *sql)
{
	sqlite3_stmt *statement = baseline_prepare(baseline, sql);
	int64_t number;

	if (sqlite3_step(statement) != SQLITE_ROW)
		fail(baseline);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static void add_name(struct baseline *baseline, const char *sql, int id, const char *name)
{
	sqlite3_stmt *statement = baseline_prepare(baseline, sql);

	sqlite3_bind_int(statement, 1, id);
	sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) != SQLITE_DONE)
		fail(baseline);
	sqlite3_finalize(statement);
}

void baseline_init(struct baseline *ret_baseline)
{
	if (sqlite3_open(":memory:", &ret_baseline->db) != SQLITE_OK)
		fail(ret_baseline);
	baseline_execute(ret_baseline, schema);
	for (int i = 0; i < SEVERITIES; i++)
		add_name(ret_baseline, "INSERT INTO severities VALUES (?, ?)", i, severity_name(i));
	for (int i = 0; i < CLASSES; i++)
		add_name(ret_baseline, "INSERT INTO classes VALUES (?, ?)", i, class_name(i));
}

void baseline_deinit(struct baseline *baseline)
{
	sqlite3_close(baseline->db);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

bool baseline_is_file(const char *path)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof(magic)] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is_file =
		fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) && memcmp(head, magic, sizeof(magic)) == 0;

	if (fd >= 0)
		close(fd);
	return is_file;
}

static int explain(char **ret_why, const char *path, const char *why)
{
	if (asprintf(ret_why, "%s: %s", path, why) < 0)
		abort();
	return -1;
}

/* A number out of an attached file, which may be damaged: then it is -1. */
static int64_t number_of_other(struct baseline *baseline, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;

	if (sqlite3_prepare_v2(baseline->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* The file's own views must not act here, so its tables are read only if they are tables. */
static bool is_ours(struct baseline *baseline)
{
	return number_of_other(baseline, "PRAGMA other.application_id") == APPLICATION_ID &&
	       number_of_other(baseline, "PRAGMA other.user_version") == SCHEMA_VERSION &&
	       number_of_other(baseline, "SELECT count(*) FROM other.sqlite_master WHERE type = 'table'\n"
					 "  AND name IN ('runs', 'findings', 'edges')") == 3;
}

static int attach(struct baseline *baseline, const char *path)
{
	char *sql = sqlite3_mprintf("ATTACH %Q AS other", path);
	int r = sql ? sqlite3_exec(baseline->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

	sqlite3_free(sql);
	return r == SQLITE_OK ? 0 : -1;
}

int baseline_add_file(struct baseline *baseline, const char *path, char **ret_why)
{
	int r = 0;

	if (attach(baseline, path))
		return explain(ret_why, path, sqlite3_errmsg(baseline->db));
	baseline_execute(baseline, "BEGIN");
	if (!is_ours(baseline))
		r = explain(ret_why, path, "is no baseline of this version of Snag");
	else if (sqlite3_exec(baseline->db, merge, NULL, NULL, NULL) != SQLITE_OK)
		r = explain(ret_why, path, sqlite3_errmsg(baseline->db));
	if (!sqlite3_get_autocommit(baseline->db)) /* some errors have ended the transaction */
		baseline_execute(baseline, r ? "ROLLBACK" : "COMMIT");
	baseline_execute(baseline, "DETACH other");
	return r;
}

int baseline_write(struct baseline *baseline, const char *path, char **ret_why)
{
	char *next, *sql;
	int r = 0;

	if (asprintf(&next, "%s.%ld.tmp", path, (long)getpid()) < 0)
		abort();
	unlink(next);
	sql = sqlite3_mprintf("VACUUM INTO %Q", next);
	if (!sql || sqlite3_exec(baseline->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		r = explain(ret_why, path, sqlite3_errmsg(baseline->db));
	else if (rename(next, path))
		r = explain(ret_why, path, strerror(errno));
	if (r)
		unlink(next);
	sqlite3_free(sql);
	free(next);
	return r;
}
