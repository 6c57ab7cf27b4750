/* Accounts of the machine, and owners of devices, to people of the configuration. It asks NSS and
 * login.defs; it does not know what anybody may do. */
#include "system/people.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define LOGIN_DEFS   "/etc/login.defs"
#define UID_FIRST    1000 /* the defaults of login.defs(5) */
#define UID_LAST     60000
#define ACCOUNTS_MAX 4096 /* a directory server may list a town; we watch a household */

DEFINE_CLEANUP(struct people *, people_free);

struct people *people_free(struct people *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].name);
		free(p->items[i].uids);
	}
	free(p->items);
	free(p);
	return NULL;
}

void people_read_uid_range(FILE *login_defs, uid_t *ret_first, uid_t *ret_last)
{
	char line[512], word[16], number[16];
	uint64_t value;

	*ret_first = UID_FIRST;
	*ret_last = UID_LAST;
	while (login_defs && fgets(line, sizeof(line), login_defs)) {
		if (sscanf(line, "%15s %15s", word, number) != 2 ||
			parse_uint64(number, UINT32_MAX - 1, &value) < 0)
			continue;
		if (strcmp(word, "UID_MIN") == 0)
			*ret_first = (uid_t)value;
		else if (strcmp(word, "UID_MAX") == 0)
			*ret_last = (uid_t)value;
	}
}

/* false and nologin are how accounts say that nobody logs in. */
static bool has_login(const struct passwd *pw)
{
	const char *name = strrchr(pw->pw_shell, '/');

	name = name ? name + 1 : pw->pw_shell;
	return strcmp(name, "nologin") != 0 && strcmp(name, "false") != 0;
}

static struct person *add_person(struct people *p, const char *name)
{
	struct person *items;

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->items[i].name, name) == 0)
			return &p->items[i];
	items = reallocarray(p->items, p->n + 1, sizeof(*items));
	if (!items)
		return NULL;
	p->items = items;
	items[p->n] = (struct person){ .name = strdup(name) };
	return items[p->n].name ? &items[p->n++] : NULL;
}

static bool has_uid(const struct person *person, uid_t uid)
{
	for (size_t i = 0; i < person->n_uids; i++)
		if (person->uids[i] == uid)
			return true;
	return false;
}

static const struct person *find_owner(const struct people *p, uid_t uid)
{
	for (size_t i = 0; i < p->n; i++)
		if (has_uid(&p->items[i], uid))
			return &p->items[i];
	return NULL;
}

/* The kernel knows uids, no names: of two accounts with one uid the first says whose it is. */
static int add_uid(struct people *p, const char *name, uid_t uid)
{
	struct person *person;
	uid_t *uids;

	if (find_owner(p, uid))
		return 0;
	person = add_person(p, name);
	if (!person)
		return -ENOMEM;
	uids = reallocarray(person->uids, person->n_uids + 1, sizeof(*uids));
	if (!uids)
		return -ENOMEM;
	person->uids = uids;
	uids[person->n_uids++] = uid;
	return 0;
}

/* The [person] an account belongs to, or the account itself. */
static const char *name_of(const struct config *c, const char *account)
{
	for (size_t i = 0; i < c->n_persons; i++)
		if (strings_contain(&c->persons[i].users, account))
			return c->persons[i].name;
	return account;
}

/* Whoever can't be looked up is not the same as nobody: a person must not fall out of the rules for
 * that. The C library says so by these; what else it leaves in errno means that there is no such
 * account (getpwnam(3)). */
static int look_up_error(void)
{
	switch (errno) {
	case ENOMEM:
	case EIO:
	case EMFILE:
	case ENFILE:
		return -errno;
	default:
		return 0;
	}
}

struct uid_range {
	uid_t first, last;
};

static int add_listed(const struct config *c, struct people *p, struct uid_range range)
{
	struct passwd *pw;
	int r = 0, n = 0;

	setpwent();
	while (r >= 0 && n++ < ACCOUNTS_MAX && (errno = 0, pw = getpwent()))
		if (pw->pw_uid >= range.first && pw->pw_uid <= range.last && has_login(pw))
			r = add_uid(p, name_of(c, pw->pw_name), pw->pw_uid);
	if (r >= 0 && n <= ACCOUNTS_MAX)
		r = look_up_error();
	endpwent();
	return r;
}

/* Where one service has no memory or no descriptor the C library asks the next, which knows nothing
 * of its accounts, and what was wrong is forgotten. So they are listed twice, and nobody is nobody
 * when asked for twice. */
static int add_accounts(const struct config *c, struct people *p)
{
	_cleanup_fclose_ FILE *login_defs = fopen(LOGIN_DEFS, "re");
	struct uid_range range;
	int r;

	people_read_uid_range(login_defs, &range.first, &range.last);
	r = add_listed(c, p, range);
	return r < 0 ? r : add_listed(c, p, range);
}

static const struct passwd *find_account(const char *name)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (pw || look_up_error() < 0)
		return pw;
	errno = 0;
	return getpwnam(name);
}

static int add_account(
	struct people *p, const char *person, const char *account, struct strings *problems)
{
	const struct passwd *pw = find_account(account);
	const struct person *owner = pw ? find_owner(p, pw->pw_uid) : NULL;

	if (owner && strcmp(owner->name, person) != 0)
		return strings_addf(problems,
			"Account %s has the uid of person %s (%u): what it uses is counted there",
			account, owner->name, (unsigned)pw->pw_uid);
	if (pw)
		return add_uid(p, person, pw->pw_uid);
	if (look_up_error() < 0)
		return look_up_error();
	return strings_addf(problems, "There is no account %s on this machine%s%s%s", account,
		strcmp(person, account) != 0 ? " (of person " : "",
		strcmp(person, account) != 0 ? person : "",
		strcmp(person, account) != 0 ? ")" : "");
}

/* Whoever has a device here need not have an account of their name. */
static bool needs_no_account(const struct config *c, size_t person, const char *account)
{
	return config_has_devices(c, person) && strcmp(c->persons[person].name, account) == 0 &&
	       !find_account(account);
}

/* A name of [focus] people: a person of the configuration, or an account. */
static int add_named(
	const struct config *c, struct people *p, const char *name, struct strings *problems)
{
	const int i = config_find_person(c, name);
	int r = 0;

	if (i < 0)
		return add_account(p, name_of(c, name), name, problems);
	if (config_has_devices(c, (size_t)i))
		r = add_person(p, name) ? 0 : -ENOMEM;
	for (size_t u = 0; r >= 0 && u < c->persons[i].users.n; u++)
		if (!needs_no_account(c, (size_t)i, c->persons[i].users.items[u]))
			r = add_account(p, name, c->persons[i].users.items[u], problems);
	return r;
}

/* Accounts named in a [person] section count as people even outside the range of uids. */
static int add_persons(const struct config *c, struct people *p, struct strings *problems)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < c->n_persons; i++)
		r = add_named(c, p, c->persons[i].name, problems);
	return r;
}

int people_resolve(
	const struct config *config, size_t max, struct people **ret, struct strings *problems)
{
	_cleanup_(people_freep) struct people *p = calloc(1, sizeof(*p));
	int r = 0;

	if (!p)
		return -ENOMEM;
	if (config->people_auto) {
		r = add_persons(config, p, problems);
		if (r >= 0)
			r = add_accounts(config, p);
		if (r >= 0 && p->n == 0)
			r = add_uid(p, name_of(config, "root"), 0);
	}
	for (size_t i = 0; r >= 0 && i < config->people.n; i++)
		r = add_named(config, p, config->people.items[i], problems);
	if (r >= 0 && p->n > max)
		r = strings_addf(problems,
			"There are %zu people, more than the %zu that can be told "
			"apart: name some in [focus] people =",
			p->n, max);
	if (r < 0)
		return r;
	while (p->n > max) {
		p->n--;
		free(p->items[p->n].name);
		free(p->items[p->n].uids);
	}
	*ret = TAKE_PTR(p);
	return 0;
}
