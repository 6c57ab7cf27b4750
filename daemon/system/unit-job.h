#pragma once
/* What the service manager is doing with the unit that this process belongs to: ExecStopPost= runs
 * at a stop, at a restart and after a crash, and only PID 1 knows which. Asked over the system bus;
 * anybody may. */

/* 1: the unit is being stopped (a shutdown too); 0: it comes back (a restart, or no job at all: a
 * crash); a negative errno: nobody answers. */
int unit_job_is_stop(void);
/* Is the whole machine shutting down? 1, 0 or a negative errno. */
int unit_job_system_stops(void);
