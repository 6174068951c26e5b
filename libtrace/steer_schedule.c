/* SPDX-License-Identifier: MIT */
/* A schedule: read from its file, and compared with what the program does. */
#include "steer_schedule.h"

#include "modules.h"
#include "pages.h"
#include "real.h"
#include "stack.h"
#include "table.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TEXT = 1 << 20, MAX_NOTED = 1 << 20 };

static struct table sites_of_stack; /* stack id -> bits, and IS_KNOWN */

/* Objects, by id. */
static struct noted {
	uint64_t address;
	uint32_t stack, ordinal;
	bool is_compared;
	uint64_t locks;
} * noted;

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* A line of the file, as far as it has not been read. */
struct text {
	char *at, *end;
};

static cold bool take_line(struct text *file, struct text *ret_line)
{
	char *end = memchr(file->at, '\n', (size_t)(file->end - file->at));

	*ret_line = (struct text){file->at, end ? end : file->end};
	if (file->at == file->end)
		return false;
	file->at = end ? end + 1 : file->end;
	return true;
}

/* The next word of a line, which it ends with a NUL; "" when there is none. */
static cold char *take_word(struct text *line)
{
	char *word;

	while (line->at < line->end && *line->at == ' ')
		line->at++;
	word = line->at;
	while (line->at < line->end && *line->at != ' ')
		line->at++;
	if (line->at < line->end)
		*line->at++ = '\0';
	else
		*line->end = '\0'; /* the newline, or the byte behind the file */
	return word;
}

static cold int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static cold uint64_t take_digits(char **at, int base)
{
	uint64_t n = 0;

	while (digit(**at) < base)
		n = n * (uint64_t)base + (uint64_t)digit(*(*at)++);
	return n;
}

static cold uint32_t take_number(struct text *line)
{
	char *word = take_word(line);

	return (uint32_t)take_digits(&word, 10);
}

/* A number of something, or SCHEDULE_NONE for "-". */
static cold uint8_t take_reference(struct text *line, uint32_t n)
{
	char *word = take_word(line);
	uint64_t i = digit(*word) < 10 ? take_digits(&word, 10) : SCHEDULE_NONE;

	return i < n ? (uint8_t)i : SCHEDULE_NONE;
}

static uint64_t hash_place(const char *module, uint64_t offset)
{
	uint64_t hash = 1;

	for (; *module; module++)
		hash = mix64(hash ^ (unsigned char)*module);
	return mix64(hash ^ offset) | 1;
}

static uint64_t hash_frame(uint64_t hash, uint64_t place)
{
	return mix64(hash * 3 + place);
}

static cold void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		*to = *text;
		if (*text == '%' && digit(text[1]) < 16 && digit(text[2]) < 16) {
			*to = (char)(digit(text[1]) << 4 | digit(text[2]));
			text += 2;
		}
	}
	*to = '\0';
}

/* OFFSET@MODULE; 0: it is not. */
static cold uint64_t take_place(struct text *line)
{
	char *word = take_word(line);
	uint64_t offset = take_digits(&word, 16);

	if (*word != '@')
		return 0;
	unescape(word + 1);
	return hash_place(word + 1, offset);
}

static cold void read_site(struct schedule *schedule, struct text *line)
{
	struct schedule_site *site = &schedule->sites[schedule->n_sites];
	uint64_t place;

	if (schedule->n_sites == SCHEDULE_SITES)
		return;
	while (site->n_frames < SCHEDULE_FRAMES && (place = take_place(line))) {
		site->hash = hash_frame(site->hash, place);
		site->n_frames++;
	}
	schedule->n_sites++;
}

static cold void read_lock(struct schedule *schedule, struct text *line)
{
	struct schedule_lock *lock = &schedule->locks[schedule->n_locks];
	const char *how = take_word(line);

	if (schedule->n_locks == SCHEDULE_LOCKS)
		return;
	lock->site = SCHEDULE_NONE;
	if (!strcmp(how, "at")) {
		lock->place = take_place(line);
	} else if (!strcmp(how, "made")) {
		lock->site = take_reference(line, schedule->n_sites);
		lock->ordinal = take_number(line);
	}
	schedule->n_locks++;
}

static cold enum dep_op take_op(struct text *line)
{
	const char *word = take_word(line);

	if (!strcmp(word, "acquire"))
		return OP_ACQUIRE;
	return !strcmp(word, "wait") ? OP_WAIT : OP_SIGNAL;
}

static cold void read_part(struct schedule *schedule, struct text *line)
{
	struct schedule_part *part = &schedule->parts[schedule->n_parts];

	if (schedule->n_parts == SCHEDULE_PARTS)
		return;
	part->op = take_op(line);
	part->site = take_reference(line, schedule->n_sites);
	part->lock = take_reference(line, schedule->n_locks);
	part->held_site = take_reference(line, schedule->n_sites);
	part->held_lock = take_reference(line, schedule->n_locks);
	part->is_behind = take_number(line);
	part->turn = take_number(line);
	if (part->site != SCHEDULE_NONE && part->lock != SCHEDULE_NONE)
		schedule->n_parts++;
}

static cold void read_line(struct schedule *schedule, struct text *line)
{
	const char *word = take_word(line);

	if (!strcmp(word, "site"))
		read_site(schedule, line);
	else if (!strcmp(word, "lock"))
		read_lock(schedule, line);
	else if (!strcmp(word, "part"))
		read_part(schedule, line);
	else if (!strcmp(word, "gate"))
		schedule->gate_ms = take_number(line);
	else if (!strcmp(word, "release"))
		schedule->release_ms = take_number(line);
	else if (!strcmp(word, "last"))
		schedule->last = take_reference(line, SCHEDULE_PARTS);
}

static cold bool parse(struct schedule *schedule, struct text file)
{
	struct text line;

	if (!take_line(&file, &line) || strcmp(take_word(&line), "snag-schedule") || take_number(&line) != 1)
		return false;
	while (take_line(&file, &line))
		read_line(schedule, &line);
	return schedule->n_parts >= 2;
}

cold bool schedule_read(struct schedule *schedule, const char *path)
{
	char *text = pages_new(MAX_TEXT);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = text && fd >= 0 ? read(fd, text, MAX_TEXT - 1) : -1;
	bool is_read;

	*schedule = (struct schedule){.last = SCHEDULE_NONE};
	is_read = n > 0 && parse(schedule, (struct text){text, text + n});
	if (fd >= 0)
		real.close(fd);
	pages_free(text, MAX_TEXT);
	if (is_read)
		noted = pages_new(MAX_NOTED * sizeof(*noted));
	return is_read;
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

/* Where in its file an address is; 0: no module covers it.  Called with the unwinder's lock. */
static cold uint64_t place_of(uint64_t address)
{
	const char *name;
	uint64_t offset;

	return modules_locate(address, &name, &offset) ? hash_place(name, offset) : 0;
}

static cold uint64_t compare_stack(const struct schedule *schedule, const struct record_stack *stack)
{
	uint64_t hash = 0, sites = 0;

	for (uint32_t n = 1; n <= stack->n && n <= SCHEDULE_FRAMES; n++) {
		hash = hash_frame(hash, place_of(stack->pc[n - 1]));
		for (uint32_t i = 0; i < schedule->n_sites; i++)
			if (schedule->sites[i].n_frames == n && schedule->sites[i].hash == hash)
				sites |= 1ull << i;
	}
	return sites;
}

/* Stacks are few, and each is compared once; what is kept is one more than the bits, so that none is not unknown. */
cold uint64_t schedule_sites(const struct schedule *schedule, uint32_t stack)
{
	const struct record_stack *record;
	uint64_t *known, sites;
	bool is_new;

	known = stack ? table_insert(&sites_of_stack, stack, &is_new) : NULL;
	if (!known)
		return 0;
	if (*known)
		return *known - 1;
	stack_lock();
	record = stack_record(stack);
	sites = record ? compare_stack(schedule, record) : 0;
	stack_unlock();
	*known = sites + 1;
	return sites;
}

static cold uint64_t compare_object(const struct schedule *schedule, const struct noted *object)
{
	uint64_t sites = schedule_sites(schedule, object->stack), place, locks = 0;

	stack_lock();
	place = place_of(object->address);
	stack_unlock();
	for (uint32_t i = 0; i < schedule->n_locks; i++) {
		const struct schedule_lock *lock = &schedule->locks[i];

		if (lock->place)
			locks |= (uint64_t)(lock->place == place) << i;
		else if (lock->site == SCHEDULE_NONE)
			locks |= 1ull << i;
		else if (!place && sites >> lock->site & 1)
			locks |= (uint64_t)(!lock->ordinal || lock->ordinal == object->ordinal) << i;
	}
	return locks;
}

cold uint64_t schedule_locks(const struct schedule *schedule, uint32_t object)
{
	if (!noted || object >= MAX_NOTED)
		return 0;
	if (!noted[object].is_compared) {
		noted[object].locks = compare_object(schedule, &noted[object]);
		noted[object].is_compared = true;
	}
	return noted[object].locks;
}

cold bool schedule_names(const struct schedule *schedule, uint32_t object)
{
	uint64_t locks = object ? schedule_locks(schedule, object) : 0;

	for (uint32_t i = 0; i < schedule->n_locks; i++)
		if (locks >> i & 1 && (schedule->locks[i].place || schedule->locks[i].site != SCHEDULE_NONE))
			return true;
	return false;
}

cold void schedule_note_object(uint32_t id, uint64_t address, uint32_t stack, uint32_t ordinal)
{
	if (noted && id < MAX_NOTED)
		noted[id] = (struct noted){.address = address, .stack = stack, .ordinal = ordinal};
}

cold void schedule_forget(void)
{
	table_clear(&sites_of_stack);
}
