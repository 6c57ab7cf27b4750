/* The hours of a week, summed by thirteen weeks: what a report says of years is two thousand rows
 * instead of ninety thousand. SQL, and nothing else; it follows `hourly` by triggers, as that
 * follows what is written (ledger-sums.c). */
#include "system/ledger-schema.h"

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

/* season: its first Monday; 1970-01-01 was a Thursday */
#define SEASON(day)  day " - (" day " + 3) % " TEXT(LEDGER_SEASON_DAYS)
#define WEEKDAY(day) "(" day " + 3) % 7"

#define OF_HOUR(row)                                                                           \
	" season = " SEASON(row ".day") " AND person = " row ".person AND weekday = " WEEKDAY( \
		row ".day") " AND hour = " row ".hour"

/* clang-format off */
const char ledger_heat[] =
	"CREATE TABLE heat (season INTEGER, person TEXT, weekday INTEGER, hour INTEGER,"
	" used_usec INTEGER NOT NULL, PRIMARY KEY (season, person, weekday, hour)) WITHOUT ROWID;"
	"INSERT INTO heat SELECT " SEASON("day") " AS season, person, " WEEKDAY("day") " AS weekday,"
	" hour, sum(used_usec) FROM hourly GROUP BY season, person, weekday, hour;"
	/* a row of `hourly` begins with nothing */
	"CREATE TRIGGER hourly_update AFTER UPDATE OF used_usec ON hourly"
	" WHEN NEW.used_usec <> OLD.used_usec BEGIN"
	" INSERT INTO heat SELECT " SEASON("NEW.day") ", NEW.person, " WEEKDAY("NEW.day") ","
	" NEW.hour, 0 WHERE NOT EXISTS (SELECT 1 FROM heat WHERE" OF_HOUR("NEW") ");"
	" UPDATE heat SET used_usec = used_usec + NEW.used_usec - OLD.used_usec WHERE"
	OF_HOUR("NEW") "; END;"
	"CREATE TRIGGER hourly_delete AFTER DELETE ON hourly BEGIN"
	" UPDATE heat SET used_usec = used_usec - OLD.used_usec WHERE" OF_HOUR("OLD") ";"
	" DELETE FROM heat WHERE" OF_HOUR("OLD") " AND used_usec <= 0; END;";
/* clang-format on */
