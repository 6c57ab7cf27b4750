#pragma once
/* nsswitch.conf(5), as far as one question goes. */
#include <stdbool.h>

/* Does libc ask the service for that database before it asks DNS by itself? text: the file. */
bool nsswitch_before_dns(const char *text, const char *database, const char *service);
