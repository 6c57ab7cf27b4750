/* The keys of [share]: where a household's devices tell each other what was used. Without a broker
 * there is nothing to tell and nobody to hear it. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "core/broker.h"
#include "core/config-setters.h"

#define WORD_MAX 32 /* a level of a topic */

static int set(struct config_builder *b, enum share_key key, const char *value)
{
	if (strlen(value) > SHARE_VALUE_MAX)
		return -EINVAL;
	strcpy(b->config->share[key], value);
	b->share_places[key] = b->place;
	return 0;
}

/* + and # are patterns in topics, $ begins the broker's own, / ends a level. */
static bool is_word(const char *value)
{
	size_t n = 0;

	for (; value[n]; n++)
		if (!isalnum((unsigned char)value[n]) && !strchr("-_.", value[n]))
			return false;
	return n <= WORD_MAX;
}

int config_set_broker(struct config_builder *b, const char *value)
{
	struct broker broker;

	return *value && broker_parse(value, &broker) < 0 ? -EINVAL : set(b, SHARE_BROKER, value);
}

int config_set_household(struct config_builder *b, const char *value)
{
	return *value && is_word(value) ? set(b, SHARE_HOUSEHOLD, value) : -EINVAL;
}

int config_set_device(struct config_builder *b, const char *value)
{
	return is_word(value) ? set(b, SHARE_DEVICE, value) : -EINVAL;
}

int config_set_share_user(struct config_builder *b, const char *value)
{
	return set(b, SHARE_USER, value);
}

static int set_path(struct config_builder *b, enum share_key key, const char *value)
{
	return *value && *value != '/' ? -EINVAL : set(b, key, value);
}

int config_set_password_file(struct config_builder *b, const char *value)
{
	return set_path(b, SHARE_PASSWORD_FILE, value);
}

int config_set_ca(struct config_builder *b, const char *value)
{
	return set_path(b, SHARE_CA, value);
}

int config_set_certificate(struct config_builder *b, const char *value)
{
	return set_path(b, SHARE_CERTIFICATE, value);
}

int config_set_key(struct config_builder *b, const char *value)
{
	return set_path(b, SHARE_KEY, value);
}

int config_set_home_assistant(struct config_builder *b, const char *value)
{
	bool yes;

	if (parse_boolean(value, &yes) < 0)
		return -EINVAL;
	return set(b, SHARE_HOME_ASSISTANT, yes ? "yes" : "no");
}

const char *share_key_name(enum share_key key)
{
	static const char *const names[SHARE_KEYS] = {
		[SHARE_BROKER] = "broker",
		[SHARE_HOUSEHOLD] = "household",
		[SHARE_DEVICE] = "device",
		[SHARE_USER] = "user",
		[SHARE_PASSWORD_FILE] = "password-file",
		[SHARE_CA] = "ca",
		[SHARE_CERTIFICATE] = "certificate",
		[SHARE_KEY] = "key",
		[SHARE_HOME_ASSISTANT] = "home-assistant",
	};

	return names[key];
}

/* This key, without the one that it makes no sense without. */
static const struct lonely {
	enum share_key key, without;
} lonely[] = {
	{ SHARE_PASSWORD_FILE, SHARE_USER },
	{ SHARE_CERTIFICATE, SHARE_KEY },
	{ SHARE_KEY, SHARE_CERTIFICATE },
};

int config_finish_share(struct config_builder *b)
{
	char(*const share)[SHARE_VALUE_MAX + 1] = b->config->share;
	struct broker broker = { 0 };

	for (size_t i = 0; i < sizeof(lonely) / sizeof(lonely[0]); i++)
		if (*share[lonely[i].key] && !*share[lonely[i].without])
			return config_fail(b, b->share_places[lonely[i].key],
				"%s = %s: expected %s = with it", share_key_name(lonely[i].key),
				share[lonely[i].key], share_key_name(lonely[i].without));
	if (!*share[SHARE_BROKER])
		return 0;
	(void)broker_parse(share[SHARE_BROKER], &broker); /* it was good when it was set */
	for (int key = SHARE_CA; key <= SHARE_KEY && !broker.tls; key++)
		if (*share[key])
			return config_fail(b, b->share_places[key],
				"%s = %s: expected broker = mqtts://… with it: mqtt:// has no TLS",
				share_key_name((enum share_key)key), share[key]);
	return 0;
}
