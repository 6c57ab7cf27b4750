/* Follows the wall clock while what passed explains it, and goes on by itself where it was set. */
#include "core/day-clock.h"

#include "core/calendar.h"

void day_clock_begin(struct day_clock *c, struct instant now, usec_t last_wall_usec)
{
	*c = (struct day_clock){
		.boot_usec = now.boot_usec,
		.wall_usec = now.wall_usec,
		.behind = last_wall_usec > now.wall_usec,
	};
}

void day_clock_continue(struct day_clock *c, usec_t boot_usec, usec_t wall_usec)
{
	*c = (struct day_clock){ .boot_usec = boot_usec, .wall_usec = wall_usec };
}

usec_t day_clock_wall(const struct day_clock *c, usec_t boot_usec)
{
	return c->wall_usec + boot_usec - c->boot_usec;
}

int64_t day_clock_off(const struct day_clock *c, struct instant now)
{
	return (int64_t)now.wall_usec - (int64_t)day_clock_wall(c, now.boot_usec);
}

/* After a boot the clock is put right once, forward: whoever could do that for their own good could
 * as well have done it before the boot. */
static bool is_put_right(const struct day_clock *c, struct instant now)
{
	return !c->settled && day_clock_off(c, now) > 0 &&
	       (c->behind || now.boot_usec < DAY_CLOCK_SETTLE_USEC);
}

/* A day that really passed is over, and with it the reason to doubt; a clock that is days off is
 * doubted on. */
static bool is_forgiven(const struct day_clock *c, struct instant now, unsigned day_start_min)
{
	const int32_t before = calendar_day(c->wall_usec, day_start_min);
	const int32_t today = calendar_day(day_clock_wall(c, now.boot_usec), day_start_min);
	const int32_t told = calendar_day(now.wall_usec, day_start_min);

	return today > before && told >= today - 1 && told <= today + 1;
}

bool day_clock_step(struct day_clock *c, struct instant now, unsigned day_start_min)
{
	const int64_t off = day_clock_off(c, now);
	const bool explained =
		off <= (int64_t)DAY_CLOCK_STEP_USEC && off >= -(int64_t)DAY_CLOCK_STEP_USEC;
	const bool news = !explained && !c->jumped;

	if (!explained && is_put_right(c, now)) {
		c->settled = true;
		c->wall_usec = now.wall_usec;
	} else if (explained || is_forgiven(c, now, day_start_min)) {
		c->wall_usec = now.wall_usec;
		c->jumped = false;
		c->boot_usec = now.boot_usec;
		return news;
	} else {
		c->wall_usec = day_clock_wall(c, now.boot_usec);
		c->jumped = true;
	}
	c->boot_usec = now.boot_usec;
	return news;
}
