/* Settings of this machine and of the caller that lead look-ups past focusd, read from where they
 * stand. Nothing is asked of a network here. */
#include <ctype.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "doctor-checks.h"
#include "language.h"

#define NSSWITCH       "/etc/nsswitch.conf"
#define HOSTS          "/etc/hosts"
#define ROUTES4        "/proc/net/route"
#define ROUTES6        "/proc/net/ipv6_route"
#define FLOWS          "/proc/sys/net/netfilter/nf_conntrack_count"
#define FLOWS_MAX      "/proc/sys/net/netfilter/nf_conntrack_max"
#define FLOWS_PERCENT  95 /* new flows are dropped when the table is full */
#define LINE_MAX_BYTES 4096
#define RTF_UP_FLAG    1u

void doctor_read_nsswitch(FILE *f, char *ret, size_t size)
{
	char line[LINE_MAX_BYTES];

	snprintf(ret, size, "files dns");
	while (f && fgets(line, sizeof(line), f)) {
		size_t n = 0;
		bool action = false;

		if (strncmp(line, "hosts:", 6) != 0)
			continue;
		line[strcspn(line, "#\n")] = 0;
		*ret = 0;
		for (const char *p = line + 6; *p; p++) {
			action |= *p == '[';
			if (!action && n + 1 < size &&
				!(isspace((unsigned char)*p) && (n == 0 || ret[n - 1] == ' ')))
				ret[n++] = isspace((unsigned char)*p) ? ' ' : *p;
			action &= *p != ']';
		}
		while (n > 0 && ret[n - 1] == ' ')
			n--;
		ret[n] = 0;
		return;
	}
}

static bool has_word(const char *words, const char *word)
{
	const size_t n = strlen(word);

	for (const char *p = words; (p = strstr(p, word)); p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == 0 || p[n] == ' '))
			return true;
	return false;
}

static void check_nsswitch(struct doctor_look *l, struct doctor *d)
{
	_cleanup_fclose_ FILE *f = fopen(NSSWITCH, "re");
	char services[256];

	doctor_read_nsswitch(f, services, sizeof(services));
	if (has_word(services, "dns") || has_word(services, "resolve")) {
		doctor_add(d, "nsswitch", DOCTOR_OK, NULL, _("Programs look names up by: %s"),
			services);
		if (has_word(services, "resolve"))
			l->bypass = _("systemd-resolved's own socket (nss-resolve)");
		return;
	}
	doctor_add(d, "nsswitch", DOCTOR_FAILED,
		_("add dns to the line hosts: of /etc/nsswitch.conf"),
		_("/etc/nsswitch.conf has neither dns nor resolve for hosts: no name can be "
		  "looked up"));
}

/* The names of one line of hosts(5). */
static const char *find_stray(
	char *line, const struct metered *m, const struct probe *p, bool *ret_blocked)
{
	char *rest = NULL, *word;
	struct address a;

	line[strcspn(line, "#\n")] = 0;
	word = strtok_r(line, " \t", &rest);
	if (!word || address_parse(word, &a) < 0 || probe_is_lease(p, &a))
		return NULL;
	while ((word = strtok_r(NULL, " \t", &rest)))
		if (metered_has(m, word)) {
			*ret_blocked = address_is_local(&a);
			return word;
		}
	return NULL;
}

unsigned doctor_read_hosts(FILE *f, const struct metered *m, const struct probe *p,
	const char **ret_name, bool *ret_blocked)
{
	static char found[256];
	char line[LINE_MAX_BYTES];

	for (unsigned number = 1; f && fgets(line, sizeof(line), f); number++) {
		const char *name = find_stray(line, m, p, ret_blocked);

		if (!name)
			continue;
		snprintf(found, sizeof(found), "%s", name);
		*ret_name = found;
		return number;
	}
	return 0;
}

static void check_hosts(struct doctor_look *l, struct doctor *d)
{
	_cleanup_fclose_ FILE *f = fopen(HOSTS, "re");
	const char *name = NULL;
	bool blocked = false;
	unsigned line;

	if (!f && errno != ENOENT) {
		doctor_add(d, "hosts-file", DOCTOR_FAILED, "chmod 644 " HOSTS,
			_("/etc/hosts can't be read: %s"), strerror(errno));
		return;
	}
	line = doctor_read_hosts(f, &l->metered, &l->probe, &name, &blocked);
	if (line == 0) {
		doctor_add(d, "hosts-file", DOCTOR_OK, NULL,
			_("/etc/hosts leads no metered name past focusd"));
	} else if (blocked) {
		doctor_add(d, "hosts-file", DOCTOR_WARNING,
			_("take the line out if you want limits"),
			_("/etc/hosts:%u: %s is blocked altogether: there is nothing to meter"),
			line, name);
	} else {
		doctor_add(d, "hosts-file", DOCTOR_FAILED, _("take that line out"),
			_("/etc/hosts:%u: %s is led past focusd"), line, name);
		l->bypass = HOSTS;
	}
}

static const char *environment(const char *lower, const char *upper)
{
	const char *value = getenv(lower);

	if (!value || !*value)
		value = getenv(upper);
	return value && *value ? value : NULL;
}

/* A proxy looks names up itself, and the connection is the proxy's. */
static void check_proxy(struct doctor *d)
{
	const char *https = environment("https_proxy", "HTTPS_PROXY");
	const char *all = environment("all_proxy", "ALL_PROXY");
	const char *http = environment("http_proxy", "HTTP_PROXY");
	const char *none = environment("no_proxy", "NO_PROXY");

	if (none && strcmp(none, "*") == 0)
		https = all = http = NULL;
	/* its value may hold a password */
	if (https || all)
		doctor_add(d, "proxy", DOCTOR_FAILED,
			_("unset it, or limit the feeds at the proxy"),
			_("%s is set: programs that heed it go past focusd"),
			https ? "https_proxy" : "all_proxy");
	else if (http)
		doctor_add(d, "proxy", DOCTOR_WARNING, _("unset it"),
			_("http_proxy is set: programs that heed it go past focusd for http"));
	else
		doctor_add(d, "proxy", DOCTOR_OK, NULL, _("No proxy is set for programs"));
}

/* "Iface Destination Gateway Flags RefCnt Use Metric Mask …", numbers in hexadecimal but for those
 * in the middle. */
static bool read_route4(const char *line, char name[32], unsigned *metric)
{
	unsigned destination, gateway, flags, mask;

	return sscanf(line, "%31s %x %x %x %*d %*d %u %x", name, &destination, &gateway, &flags,
		       metric, &mask) == 6 &&
	       destination == 0 && mask == 0 && (flags & RTF_UP_FLAG);
}

/* "destination bits source bits next-hop metric refs use flags name". lo holds the route that
 * rejects what has no other. */
static bool read_route6(const char *line, char name[32], unsigned *metric)
{
	char destination[33];
	unsigned bits, flags;

	return sscanf(line, "%32s %x %*s %*x %*s %x %*x %*x %x %31s", destination, &bits, metric,
		       &flags, name) == 5 &&
	       bits == 0 && (flags & RTF_UP_FLAG) && strcmp(name, "lo") != 0 &&
	       strspn(destination, "0") == 32;
}

/* The one with the lowest metric is taken. */
bool doctor_read_default_route(FILE *f, bool v6, char ret[32])
{
	unsigned metric, best = 0;
	char line[LINE_MAX_BYTES], name[32];
	bool any = false;

	while (f && fgets(line, sizeof(line), f)) {
		if (!(v6 ? read_route6 : read_route4)(line, name, &metric) ||
			(any && metric >= best))
			continue;
		strcpy(ret, name);
		best = metric;
		any = true;
	}
	return any;
}

/* By its driver's name, which everybody may ask for. */
static bool is_tunnel(const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (char *)&info };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(name) >= sizeof(request.ifr_name))
		return false;
	strcpy(request.ifr_name, name);
	return ioctl(fd, SIOCETHTOOL, &request) == 0 &&
	       (strcmp(info.driver, "tun") == 0 || strcmp(info.driver, "wireguard") == 0);
}

static void check_routes(struct doctor_look *l, struct doctor *d)
{
	_cleanup_fclose_ FILE *routes4 = fopen(ROUTES4, "re"), *routes6 = fopen(ROUTES6, "re");
	char name4[32] = "", name6[32] = "";
	const char *tunnel;

	l->online = doctor_read_default_route(routes4, false, name4);
	l->online |= doctor_read_default_route(routes6, true, name6);
	tunnel = is_tunnel(name4) ? name4 : is_tunnel(name6) ? name6 : NULL;
	if (!l->online)
		doctor_add(d, "network", DOCTOR_WARNING, _("connect to a network"),
			_("There is no default route: this machine is offline"));
	else if (tunnel)
		doctor_add(d, "network", DOCTOR_WARNING,
			_("have the VPN use this machine's resolver if the look-up below goes "
			  "past"),
			_("The default route leads through %s, a tunnel: programs that look names "
			  "up "
			  "inside of it are not metered"),
			tunnel);
	else
		doctor_add(d, "network", DOCTOR_OK, NULL, _("The default route leads through %s"),
			*name4 ? name4 : name6);
}

static long read_number(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	long number = -1;

	return f && fscanf(f, "%ld", &number) == 1 ? number : -1;
}

static void check_flows(struct doctor *d)
{
	const long flows = read_number(FLOWS), most = read_number(FLOWS_MAX);

	if (flows >= 0 && most > 0 && flows >= most / 100 * FLOWS_PERCENT)
		doctor_add(d, "flows", DOCTOR_FAILED,
			"sysctl net.netfilter.nf_conntrack_max=262144",
			_("The kernel follows %ld flows of at most %ld: new ones may be dropped"),
			flows, most);
	else if (flows >= 0)
		doctor_add(d, "flows", DOCTOR_OK, NULL, _("The kernel follows %ld flows of %ld"),
			flows, most);
}

void doctor_check_machine(struct doctor_look *l, struct doctor *d)
{
	check_routes(l, d);
	check_flows(d);
	check_proxy(d);
	check_nsswitch(l, d);
	if (l->metered.n > 0)
		check_hosts(l, d);
}
