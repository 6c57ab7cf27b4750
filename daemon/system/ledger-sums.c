/* The sums that reports read, so that five years are told in a blink: SQL, and nothing else. Each
 * of them follows from `usage` and `span`: triggers keep it so in the transaction that changes
 * those, whoever does. A row that replaces another is taken out before it goes in again. Nothing in
 * a trigger may rest on settling a conflict: there the statement that fires it has the say. */
#include "system/ledger-schema.h"

/* A stretch by the civil hours it lies in, in the zone that the machine has now: in quarters of an
 * hour, since zones differ by as little. A quota day has 25 hours at most. */
#define SPLIT                                                                               \
	"CREATE TABLE quarter (k INTEGER PRIMARY KEY);"                                     \
	"WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < 101)"     \
	" INSERT INTO quarter SELECT k FROM n;"                                             \
	"CREATE VIEW span_hour AS SELECT person, site, start_usec, day,"                    \
	" CAST(strftime('%H', at / 1000000, 'unixepoch', 'localtime') AS INTEGER) AS hour," \
	" CAST(used_usec * 1.0 * (min(end_usec, at + 900000000) - max(start_usec, at))"     \
	" / max(end_usec - start_usec, 1) AS INTEGER) AS used_usec"                         \
	" FROM (SELECT s.*, (s.start_usec / 900000000 + q.k) * 900000000 AS at"             \
	" FROM span s JOIN quarter q"                                                       \
	" ON q.k <= s.end_usec / 900000000 - s.start_usec / 900000000);"

/* longest_usec: of the longest sitting that began or went on that day; week: its Monday. */
#define TABLES                                                                                 \
	"CREATE TABLE daily (day INTEGER, person TEXT, site TEXT, used_usec INTEGER NOT NULL," \
	" opens INTEGER NOT NULL, longest_usec INTEGER NOT NULL, down_bytes INTEGER NOT NULL," \
	" up_bytes INTEGER NOT NULL, PRIMARY KEY (day, person, site)) WITHOUT ROWID;"          \
	"CREATE TABLE hourly (day INTEGER, person TEXT, hour INTEGER,"                         \
	" used_usec INTEGER NOT NULL, PRIMARY KEY (day, person, hour)) WITHOUT ROWID;"         \
	"CREATE TABLE weekly (week INTEGER, person TEXT, used_usec INTEGER NOT NULL,"          \
	" PRIMARY KEY (week, person)) WITHOUT ROWID;"

/* A sitting is a stretch that opens it and those behind it until the next one. */
#define FILL                                                                                   \
	"INSERT INTO daily SELECT day, person, site, sum(used), sum(opens), max(longest),"     \
	" sum(down), sum(up) FROM"                                                             \
	" (SELECT day, person, target AS site, used_usec AS used, 0 AS opens, 0 AS longest,"   \
	" 0 AS down, 0 AS up FROM usage WHERE NOT is_group"                                    \
	" UNION ALL SELECT day, person, site, 0, sum(opens), sum(used_usec), sum(down_bytes)," \
	" sum(up_bytes) FROM (SELECT *, sum(opens) OVER"                                       \
	" (PARTITION BY person, site, day ORDER BY start_usec) AS sitting FROM span)"          \
	" GROUP BY day, person, site, sitting) GROUP BY day, person, site;"                    \
	"INSERT INTO hourly SELECT day, person, hour, sum(used_usec) FROM span_hour"           \
	" GROUP BY day, person, hour;"                                                         \
	"INSERT INTO weekly SELECT day - (day + 3) % 7 AS week, person, sum(used_usec)"        \
	" FROM daily GROUP BY week, person;"

#define OF_DAY(row, site) \
	" day = " row ".day AND person = " row ".person AND site = " row "." site " "

#define ADD_DAY(row, site)                                                                      \
	"INSERT INTO daily SELECT " row ".day, " row ".person, " row "." site ", 0, 0, 0, 0, 0" \
	" WHERE NOT EXISTS (SELECT 1 FROM daily WHERE" OF_DAY(row, site) ");"

/* used of a day is usage's. */
#define USAGE_TRIGGERS                                                                                                                                                                    \
	"CREATE TRIGGER usage_insert AFTER INSERT ON usage WHEN NOT NEW.is_group BEGIN " ADD_DAY(                                                                                         \
		"NEW", "target") "UPDATE daily SET used_usec = NEW.used_usec WHERE" OF_DAY("NEW",                                                                                         \
		"target") "; END;"                                                                                                                                                        \
			  "CREATE TRIGGER usage_update AFTER UPDATE ON usage WHEN NOT "                                                                                                   \
			  "NEW.is_group BEGIN "                                                                                                                                           \
			  "UPDATE daily SET used_usec = NEW.used_usec WHERE" OF_DAY("NEW",                                                                                                \
				  "target") "; END;"                                                                                                                                      \
					    "CREATE TRIGGER usage_delete AFTER DELETE ON usage "                                                                                          \
					    "WHEN NOT OLD.is_group BEGIN "                                                                                                                \
					    "UPDATE daily SET used_usec = 0 WHERE" OF_DAY("OLD",                                                                                          \
						    "target") ";"                                                                                                                         \
							      "DELETE FROM daily WHERE" OF_DAY(                                                                                           \
								      "OLD",                                                                                                              \
								      "target") " AND NOT EXISTS"                                                                                         \
										" (SELECT 1 FROM "                                                                                        \
										"span "                                                                                                   \
										"WHERE" OF_DAY(                                                                                           \
											"OLD",                                                                                            \
											"target") "); END;"                                                                               \
												  "CREATE TRIGGER daily_update AFTER UPDATE OF used_usec ON daily"                        \
												  " WHEN NEW.used_usec <> OLD.used_usec BEGIN "                                           \
												  "INSERT INTO weekly SELECT NEW.day - (NEW.day + 3) % 7, NEW.person, 0 WHERE NOT EXISTS" \
												  " (SELECT 1 FROM weekly WHERE week = NEW.day - (NEW.day + 3) % 7"                       \
												  " AND person = NEW.person);"                                                            \
												  "UPDATE weekly SET used_usec = used_usec + NEW.used_usec - OLD.used_usec"               \
												  " WHERE week = NEW.day - (NEW.day + 3) % 7 AND person = NEW.person; END;"

#define SPAN_KEY(row) \
	" person = " row ".person AND site = " row ".site AND start_usec = " row ".start_usec "
#define SPAN_DAY(row) "(SELECT day FROM span WHERE" SPAN_KEY(row) ")"

/* The stretch that stands under this key, if any does. */
#define TAKE_OUT(row)                                                                               \
	"UPDATE daily SET"                                                                          \
	" opens = opens - (SELECT opens FROM span WHERE" SPAN_KEY(                                  \
		row) "),"                                                                           \
		     " down_bytes = down_bytes - (SELECT down_bytes FROM span WHERE" SPAN_KEY(      \
			     row) "),"                                                              \
				  " up_bytes = up_bytes - (SELECT up_bytes FROM span "              \
				  "WHERE" SPAN_KEY(                                                 \
					  row) ")"                                                  \
					       " WHERE day = " SPAN_DAY(                            \
						       row) " AND person = " row                    \
							    ".person AND site = " row ".site;"      \
							    "UPDATE hourly SET used_usec = "        \
							    "used_usec - (SELECT sum(used_usec) "   \
							    "FROM span_hour"                        \
							    " WHERE" SPAN_KEY(                      \
								    row) " AND hour = "             \
									 "hourly.hour)"             \
									 " WHERE day = " SPAN_DAY(  \
										 row) " AND "       \
										      "person "     \
										      "= " row      \
										      ".person"     \
										      " AND hour "  \
										      "IN "         \
										      "(SELECT "    \
										      "hour FROM "  \
										      "span_hour "  \
										      "WHER"        \
										      "E" SPAN_KEY( \
											      row) ");"

/* Neighbours of the same day lie within it, however long it is. */
#define FIND_LONGEST(row)                                                                    \
	"UPDATE daily SET longest_usec = coalesce((SELECT max(used) FROM"                    \
	" (SELECT sum(used_usec) AS used FROM (SELECT used_usec, sum(opens) OVER"            \
	" (ORDER BY start_usec) AS sitting FROM span WHERE" OF_DAY(                          \
		row, "site") " AND start_usec BETWEEN " row ".start_usec - 93600000000"      \
			     " AND " row ".start_usec + 93600000000) GROUP BY sitting)), 0)" \
			     " WHERE" OF_DAY(row, "site") ";"

#define PUT_IN(row)                                                                             \
	ADD_DAY(row, "site")                                                                    \
	"UPDATE daily SET opens = opens + " row ".opens,"                                       \
	" down_bytes = down_bytes + " row ".down_bytes, up_bytes = up_bytes + " row ".up_bytes" \
	" WHERE" OF_DAY(row, "site") ";" FIND_LONGEST(                                          \
		row) "INSERT INTO hourly SELECT DISTINCT day, person, hour, 0 FROM span_hour"   \
		     " WHERE" SPAN_KEY(                                                         \
			     row) " AND hour NOT IN (SELECT hour FROM hourly"                   \
				  " WHERE day = " row ".day AND person = " row ".person);"      \
				  "UPDATE hourly SET used_usec = used_usec + (SELECT "          \
				  "sum(used_usec) FROM span_hour"                               \
				  " WHERE" SPAN_KEY(row) " AND hour = hourly.hour)"             \
							 " WHERE day = " row                    \
							 ".day AND person = " row ".person"     \
							 " AND hour IN (SELECT hour FROM "      \
							 "span_hour WHERE" SPAN_KEY(row) ");"

#define SPAN_TRIGGERS                                                                                                                                                                    \
	"CREATE TRIGGER span_insert_before BEFORE INSERT ON span BEGIN " TAKE_OUT(                                                                                                       \
		"NEW") "END;"                                                                                                                                                            \
		       "CREATE TRIGGER span_insert AFTER INSERT ON span BEGIN " PUT_IN(                                                                                                  \
			       "NEW") "END;"                                                                                                                                             \
				      "CREATE TRIGGER span_update_before BEFORE UPDATE ON span "                                                                                         \
				      "BEGIN " TAKE_OUT(                                                                                                                                 \
					      "OLD") "END;"                                                                                                                              \
						     "CREATE TRIGGER span_update AFTER UPDATE ON "                                                                                       \
						     "span BEGIN " PUT_IN(                                                                                                               \
							     "NEW") "END;"                                                                                                               \
								    "CREATE TRIGGER "                                                                                                    \
								    "span_delete_before BEFORE "                                                                                         \
								    "DELETE ON span "                                                                                                    \
								    "BEGIN " TAKE_OUT(                                                                                                   \
									    "OLD") "END;"                                                                                                \
										   "CREATE "                                                                                             \
										   "TRIGGER "                                                                                            \
										   "span_delete "                                                                                        \
										   "AFTER DELETE "                                                                                       \
										   "ON span "                                                                                            \
										   "BEGIN"                                                                                               \
										   " " FIND_LONGEST(                                                                                     \
											   "OLD") "DELETE FROM hourly WHERE day = OLD.day AND person = OLD.person AND used_usec <= 0;"   \
												  "DELETE FROM daily WHERE" OF_DAY(                                                      \
													  "OLD",                                                                         \
													  "site") " AND used_usec = 0 AND NOT EXISTS"                                    \
														  " (SELECT 1 FROM span WHERE" OF_DAY(                                   \
															  "OLD",                                                         \
															  "site") " AND start_usec BETWEEN OLD.start_usec - 93600000000" \
																  " AND OLD.start_usec + 93600000000); END;"

const char ledger_sums[] = SPLIT TABLES FILL USAGE_TRIGGERS SPAN_TRIGGERS;
