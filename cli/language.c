/* Finds the catalogue. It knows no sentence. */
#include "language.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOMAIN "focusctl"
#define BESIDE "po" /* the folder beside a program that is not installed */

static const char *find_catalogues(char buffer[PATH_MAX])
{
	const ssize_t n = readlink("/proc/self/exe", buffer, PATH_MAX - sizeof(BESIDE));
	struct stat st;
	char *slash;

	if (n <= 0)
		return FOCUSD_LOCALEDIR;
	buffer[n] = 0;
	slash = strrchr(buffer, '/');
	if (!slash)
		return FOCUSD_LOCALEDIR;
	strcpy(slash + 1, BESIDE);
	return stat(buffer, &st) == 0 && S_ISDIR(st.st_mode) ? buffer : FOCUSD_LOCALEDIR;
}

void language_start(void)
{
	char folder[PATH_MAX];

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* a comma in a number would end it in CSV, SVG and others */
	/* without memory for it, it stays English */
	bindtextdomain(DOMAIN, find_catalogues(folder));
	textdomain(DOMAIN);
}

void language_plain(void)
{
	setlocale(LC_MESSAGES, "C"); /* the C library has a language, too */
}

const char *translated(const char *text)
{
	return *text ? gettext(text) : text;
}
