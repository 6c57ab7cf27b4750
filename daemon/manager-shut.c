/* What has just been shut ends at once. The gate answers a connection's next packet with a reset,
 * but a page that only listens sends none for minutes, and a download none before its window has
 * room again. So the person's sockets are ended by the kernel, too. A connection that is no socket
 * here (a device's, or in another network namespace) waits for the gate, and everything does on a
 * kernel that ends no sockets. */
#include "base/log.h"
#include "manager-internal.h"
#include "system/sockets.h"

static bool is_shut(const struct open_socket *s, void *userdata)
{
	const struct manager *m = userdata;
	const struct lease_block *block = lease_book_block_of(m->book, &s->remote);
	const int site = block ? config_find_site(m->config, block->site) : -1;
	const int person = site < 0 ? -1 : manager_find_uid(m, s->uid);

	return person >= 0 &&
	       m->applied[manager_cell(m, (size_t)person, (size_t)site)].state == GATE_SHUT;
}

void manager_end_shut(struct manager *m)
{
	size_t n = 0;
	int r;

	if (!m->attach) /* nothing leads to leases */
		return;
	r = sockets_end(is_shut, m, &n);
	if (r < 0 && r != m->end_error)
		log_warning_errno(
			r, "What is shut ends with its next packet: sockets can't be ended");
	else if (n > 0)
		log_debug("Connections to what is shut, ended: %zu", n);
	m->end_error = r;
}
