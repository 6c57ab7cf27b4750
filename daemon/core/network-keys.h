#pragma once
/* What [network] says: a value that is copied with =. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_PERSON_NAME_MAX 32 /* LOGIN_NAME_MAX of the shadow suite */
#define CONFIG_INSIDES_MAX     8
#define CONFIG_INTERFACE_SIZE  16 /* IFNAMSIZ */

/* What becomes of devices that are in no [person] section. */
enum unknown_devices { UNKNOWN_FREE, UNKNOWN_BLOCK, UNKNOWN_PERSON };

struct network_keys {
	bool gateway; /* other machines' devices are metered, too */
	enum unknown_devices unknown_devices;
	char unknown_person[CONFIG_PERSON_NAME_MAX + 1];         /* UNKNOWN_PERSON: whose */
	char insides[CONFIG_INSIDES_MAX][CONFIG_INTERFACE_SIZE]; /* where unknown ones are */
	size_t n_insides;
	uint16_t port; /* where look-ups of devices are answered */
};
