/* SPDX-License-Identifier: MIT */
/* Merges cases that are one finding. */
#include "docket.h"

#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

static uint32_t new_entry(struct docket *docket)
{
	if (docket->n == docket->capacity) {
		docket->capacity = docket->capacity ? docket->capacity * 2 : 16;
		docket->entries = grow_array(docket->entries, docket->capacity, sizeof(*docket->entries));
	}
	memset(&docket->entries[docket->n], 0, sizeof(*docket->entries));
	docket->entries[docket->n].finding.class = CLASSES;
	return ++docket->n;
}

static struct docket_entry *entry_for(struct docket *docket, uint64_t locks, uint64_t code)
{
	uint32_t *by_locks = table_at(&docket->by_locks, locks), *by_code = table_at(&docket->by_code, code);

	if (!*by_locks)
		*by_locks = *by_code ? *by_code : new_entry(docket);
	if (!*by_code)
		*by_code = *by_locks;
	return &docket->entries[*by_locks - 1];
}

struct finding *docket_enter(struct docket *docket, enum rule rule, enum finding_class class, enum severity severity,
			     uint64_t locks, uint64_t code)
{
	bool can_deadlock = class <= CLASS_POSSIBLE;
	struct docket_entry *entry = entry_for(docket, mix(mix(locks, rule), can_deadlock), mix(code, rule));
	struct finding *finding = &entry->finding;

	entry->counts[class]++;
	if (class > finding->class || (class == finding->class && severity >= finding->severity))
		return NULL;
	entry->code = code;
	*finding = (struct finding){.rule = rule, .class = class, .severity = severity};
	return finding;
}

/* Neighbours are mixed, and the mixes added up. */
uint64_t docket_ring_key(const uint64_t *things, uint32_t n)
{
	uint64_t key = n;

	for (uint32_t i = 0; i < n; i++)
		key += mix(mix(0, things[i]), things[(i + 1) % n]);
	return key;
}

void docket_deinit(struct docket *docket)
{
	free(docket->entries);
	table_deinit(&docket->by_locks);
	table_deinit(&docket->by_code);
}
